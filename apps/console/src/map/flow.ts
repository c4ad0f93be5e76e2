import {
  emailFailed,
  emailRequested,
  emailSent,
  memberSignedUp,
  orderCompleted,
  smsFailed,
  smsSent,
} from '@event-bus/event-catalog';

/** Who publishes what, and by which request; who consumes which topic. */
export interface Publishing {
  readonly service: string;
  /** What begins it: a request, or the event that it follows. */
  readonly entry: string;
  readonly event: string;
  readonly topic: string;
}

/** The contracts say who may publish an event; by which request it does is known to the services alone. */
export const PUBLISHED: readonly Publishing[] = [
  by('member-service', 'POST /members', memberSignedUp),
  by('order-service', 'POST /orders/:id/complete', orderCompleted),
  by('order-service', 'POST /orders/:id/receipt', emailRequested),
  by('mail-service', emailSent.name, emailSent),
  by('mail-service', emailFailed.name, emailFailed),
  by('sms-service', smsSent.name, smsSent),
  by('sms-service', smsFailed.name, smsFailed),
];

function by(
  service: string,
  entry: string,
  { name, topic }: { readonly name: string; readonly topic: { readonly name: string } },
): Publishing {
  return { service, entry, event: name, topic: topic.name };
}
