import { randomUUID } from 'node:crypto';
import { encodeRecord } from '../envelope/encode-record.ts';
import type { EncodedRecord } from '../envelope/encode-record.ts';
import type { EventDefinition } from '../event-definition.ts';

export interface TestRecordOptions {
  /** The same one again is the same event again. A new one unless given. */
  readonly eventId?: string;
  /** What the event's definition makes of the payload unless given. */
  readonly key?: string;
}

export interface TestRecord extends EncodedRecord {
  readonly eventId: string;
  readonly topic: string;
}

/** A record as the relay would publish it, from the source `test`. */
export function testRecord<Payload>(
  event: EventDefinition<Payload>,
  payload: Payload,
  { eventId = randomUUID(), key = event.key(payload) }: TestRecordOptions,
): TestRecord {
  const now = new Date();
  const record = encodeRecord(
    {
      id: eventId,
      topic: event.topic.name,
      key,
      type: event.name,
      version: event.version,
      source: 'test',
      payload: JSON.stringify(payload),
      traceparent: null,
      createdAt: now,
    },
    now,
  );
  return { eventId, topic: event.topic.name, ...record };
}
