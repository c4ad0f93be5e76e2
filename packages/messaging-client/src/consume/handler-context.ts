import type { RecordContext } from '../handler/record-context.ts';
import type { Delivery } from './delivery.ts';
import type { HandlerCall, HandlerControl } from './running-handlers.ts';

/** What a handler gets beside the payload. */
export function contextOf(delivery: Delivery, group: string, control: HandlerControl): RecordContext {
  const { headers, topic, partition, message, attempts } = delivery;
  return {
    event: headers!,
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString('utf8') ?? '',
    group,
    attempt: attempts,
    // To make a signal costs as much as all else here, and most handlers do not look at it.
    get signal() {
      return control.signal;
    },
  };
}

/** What is reported of a handler that runs. */
export function callOf({ headers, handler, topic, partition, message, attempts }: Delivery, records = 1): HandlerCall {
  return {
    event: headers!.name,
    eventId: headers!.id,
    topic,
    partition,
    offset: message.offset,
    attempt: attempts,
    records,
    timeoutMs: handler!.timeoutMs,
  };
}
