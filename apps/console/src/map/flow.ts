import { emailRequested, eventCatalog, memberSignedUp, orderCompleted } from '@event-bus/event-catalog';

/** Who publishes what, and by which request; who consumes which topic. */
export interface Publishing {
  readonly service: string;
  /** What begins it: a request, or the event itself where no request does. */
  readonly entry: string;
  readonly event: string;
  readonly topic: string;
}

/** By which request an event is published is known to the services alone. */
const BY_REQUEST: readonly Publishing[] = [
  by('member-service', 'POST /members', memberSignedUp),
  by('order-service', 'POST /orders/:id/complete', orderCompleted),
  by('order-service', 'POST /orders/:id/receipt', emailRequested),
];

/** All others are published by their owner. */
export const PUBLISHED: readonly Publishing[] = [
  ...BY_REQUEST,
  ...eventCatalog
    .filter(({ name }) => !BY_REQUEST.some(({ event }) => event === name))
    .filter(({ owner }) => owner !== 'any')
    .map((event) => by(event.owner, event.name, event)),
];

function by(
  service: string,
  entry: string,
  { name, topic }: { readonly name: string; readonly topic: { readonly name: string } },
): Publishing {
  return { service, entry, event: name, topic: topic.name };
}
