import type { GivenUpPolicy } from '../handler/on-event.decorator.ts';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { printable } from '../envelope/printable.ts';
import { storedRecordOf } from '../envelope/stored-record.ts';
import { MessagingError } from '../errors.ts';
import type { KafkaRecord } from '../kafka/driver.ts';
import type { Query } from '../database/query.ts';
import type { NotedAttempt } from '../parking/noted-attempt.ts';
import type { DeadLetterReason, DeadLetterState } from './dead-letter.ts';

export interface GivenUpRecord {
  readonly topic: string;
  readonly partition: number;
  /** Of a whole batch that cannot be decoded: its first offset, no key, and its bytes as the value. */
  readonly message: KafkaRecord;
  /** Given for a whole batch. */
  readonly lastOffset?: string;
  readonly headers: EventHeaders | undefined;
  readonly reason: DeadLetterReason;
  readonly error: Error;
  readonly attempts: number;
  /** Its failed attempts, newest last. */
  readonly history: readonly NotedAttempt[];
  readonly policy: GivenUpPolicy;
  /** How often the record was redriven before this attempt. */
  readonly redrives: number;
}

/** What became of it: a new open letter, one that was open already, or none because the record is settled. */
export type Put = { readonly id: string; readonly isNew: boolean } | undefined;

/** A letter opens again only when its redriven record fails; the same record coming a second time changes nothing. */
const PUT = `
  INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, event_id, event, reason, error,
                           attempts, recorded_at, policy, redrives, last_offset, history)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, to_timestamp($13::double precision / 1000), $14, $15, $16, $17)
  ON CONFLICT (consumer_group, topic, "partition", "offset", recorded_at) DO UPDATE
     SET state = 'open', reason = excluded.reason, error = excluded.error, attempts = excluded.attempts,
         policy = excluded.policy, history = excluded.history, resolved_at = NULL, resolved_by = NULL,
         edited_value = CASE WHEN excluded.value IS DISTINCT FROM dead_letter.value THEN excluded.value END
   WHERE dead_letter.state = 'redriven' AND dead_letter.redrives = excluded.redrives
  RETURNING id`;

const FIND = `
  SELECT id, state FROM dead_letter
   WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 AND "offset" = $4
     AND recorded_at = to_timestamp($5::double precision / 1000)`;

/** What is done stays done. A claim that was open may have acted, unless the handler knows better. */
const CLOSE_INBOX = `
  INSERT INTO inbox_message AS inbox (consumer_group, handler, event_id, state, topic, "partition", "offset")
  VALUES ($7, $1, $2, 'dead', $3, $4, $5)
  ON CONFLICT (consumer_group, handler, event_id) DO UPDATE
     SET state = 'dead', claimed_by = NULL, in_doubt = (inbox.state = 'claimed' OR inbox.unconfirmed > 0) AND $6
   WHERE inbox.state <> 'done'
  RETURNING 1`;

const UNREADABLE: ReadonlySet<DeadLetterReason> = new Set(['undecodable', 'invalid', 'unknown-version']);

/** Keeps the record and closes its inbox row. To be called in a transaction. */
export async function putDeadLetter(query: Query, group: string, record: GivenUpRecord): Promise<Put> {
  const { topic, partition, message, headers, error } = record;
  const { offset, recordedAtMs, key, value, headers: stored } = storedRecordOf(message);
  // The event id of an unreadable record proves nothing: there may be a good record with the same id.
  if (headers !== undefined && !UNREADABLE.has(record.reason)) {
    const closed = await query(CLOSE_INBOX, [
      headers.name,
      headers.id,
      topic,
      partition,
      offset,
      outcomeIsUnknown(record),
      group,
    ]);
    if (closed.length === 0) return undefined;
  }
  const [put] = await query<{ id: string }>(PUT, [
    group,
    topic,
    partition,
    offset,
    key,
    value,
    JSON.stringify(stored),
    headers?.id ?? null,
    headers?.name ?? null,
    record.reason,
    printable(error.message),
    record.attempts,
    recordedAtMs,
    record.policy,
    record.redrives,
    record.lastOffset ?? null,
    JSON.stringify(record.history),
  ]);
  if (put !== undefined) return { id: put.id, isNew: true };
  const [before] = await query<{ id: string; state: DeadLetterState }>(FIND, [
    group,
    topic,
    partition,
    offset,
    recordedAtMs,
  ]);
  return before?.state === 'open' ? { id: before.id, isNew: false } : undefined;
}

function outcomeIsUnknown({ reason, error: { cause } }: GivenUpRecord): boolean {
  if (reason === 'permanent') return cause instanceof MessagingError && cause.code === 'OUTCOME_UNKNOWN';
  return reason === 'exhausted' || reason === 'poison' || reason === 'expired';
}
