import { decodeHeaders } from '../envelope/decode-record.ts';
import type { EventHandler } from '../handler/event-handler.ts';
import type { Delivery } from './delivery.ts';

/** By the name of their event. */
export type Handlers = ReadonlyMap<string, EventHandler>;

/** Sets the headers, and the handler where the event has one; a record that is not an event has neither. */
export function identify(
  delivery: Delivery,
  handlers?: Handlers,
  failed: (error: Error) => void = () => undefined,
): void {
  try {
    delivery.headers ??= decodeHeaders(delivery.message);
  } catch (error) {
    failed(error as Error);
    return;
  }
  delivery.handler ??= handlers?.get(delivery.headers.name);
}
