import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { printable } from '../envelope/printable.ts';
import { storedRecordOf } from '../envelope/stored-record.ts';
import { deadTopicOf } from '../dead-topic.ts';
import type { EventDefinition } from '../event-definition.ts';
import { KEY_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { groupOf } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { Outbox } from '../outbox/append-to-outbox.ts';
import type { GivenUpRecord } from './put-dead-letter.ts';

const schema = z.object({
  deadLetterId: z.uuid(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  /** int64 as text. */
  offset: z.string(),
  /** Of a whole batch that could not be decoded, which `offset` begins and whose bytes are the value. */
  lastOffset: z.string().optional(),
  /** Base64 of the original bytes; null where the record had none, or where they were left out. */
  key: z.string().nullable(),
  value: z.string().nullable(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  /** The bytes do not fit into an event; the table dead_letter has them. */
  bytesLeftOut: z.boolean(),
  eventId: z.string().nullable(),
  event: z.string().nullable(),
  reason: z.string(),
  error: z.string(),
  attempts: z.int(),
  redrives: z.int(),
  keyIsHeld: z.boolean(),
});

/** Payload of `record.dead-lettered`. */
export type RecordDeadLettered = z.output<typeof schema>;

/** What the other fields take at most, with room for the escapes of JSON. */
const OTHER_FIELDS_BYTES_MAX = 32 * 1024;

/** The client's own event: that a consumer group gave a record up. Its topic depends on the record's. */
export function recordDeadLettered(topic: string, group: string): EventDefinition<RecordDeadLettered> {
  return {
    name: 'record.dead-lettered',
    version: 1,
    topic: deadTopicOf(topic, group),
    key: keyOf,
    schema,
  };
}

/** Publishes a dead letter through the outbox of its own transaction: the table and the topic cannot disagree. */
export async function announceDeadLetter(
  manager: EntityManager,
  options: ConsumerOptions,
  deadLetterId: string,
  record: GivenUpRecord,
): Promise<void> {
  const event = recordDeadLettered(record.topic, options.service);
  // Every service publishes this one, without having to list it.
  const outbox = new Outbox({ ...options, publishes: [event] });
  await outbox.append(manager, event, payloadOf(deadLetterId, groupOf(options), record));
}

function payloadOf(deadLetterId: string, group: string, record: GivenUpRecord): RecordDeadLettered {
  const { offset, key, value, headers } = storedRecordOf(record.message);
  const bytes = { key: key?.toString('base64') ?? null, value: value?.toString('base64') ?? null, headers };
  const bytesLeftOut = Buffer.byteLength(JSON.stringify(bytes)) > PAYLOAD_BYTES_MAX - OTHER_FIELDS_BYTES_MAX;
  return {
    deadLetterId,
    group,
    topic: record.topic,
    partition: record.partition,
    offset,
    ...(record.lastOffset !== undefined && { lastOffset: record.lastOffset }),
    ...(bytesLeftOut ? { key: null, value: null, headers: [] } : bytes),
    bytesLeftOut,
    eventId: record.headers?.id ?? null,
    event: record.headers?.name ?? null,
    reason: record.reason,
    error: printable(record.error.message),
    attempts: record.attempts,
    redrives: record.redrives,
    keyIsHeld: record.policy === 'hold',
  };
}

/** The record's own key where it is text that may be one, so that a tool finds both by it. */
function keyOf({ key, topic, partition }: RecordDeadLettered): string {
  const bytes = Buffer.from(key ?? '', 'base64');
  const text = bytes.toString('utf8');
  const isKey = bytes.length > 0 && bytes.length <= KEY_BYTES_MAX && !text.includes('\0') && !text.includes('\uFFFD');
  return isKey ? text : `${topic}/${partition}`;
}
