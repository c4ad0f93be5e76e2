import { isOfService } from '../database/groups-of-service.ts';
import { DEAD_LETTERS_LISTED_DEFAULT } from '../limits.ts';
import type { Query } from '../database/query.ts';
import type { DeadLetter, DeadLetterReason, DeadLetterState } from './dead-letter.ts';

/** Every condition that is given must hold. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly group?: string;
  /** Of the service's own group, or of one that a handler with a name has. */
  readonly service?: string;
  /** `resolved`: redriven or dropped. */
  readonly state?: DeadLetterState | 'resolved';
  readonly reason?: DeadLetterReason;
  readonly event?: string;
  readonly eventId?: string;
  /** Of one of these events. */
  readonly eventIds?: readonly string[];
  readonly topic?: string;
  /** The record's key as text. */
  readonly key?: string;
  /** Part of the error's text, in any case. */
  readonly error?: string;
  /** When the record was given up: from, and before. */
  readonly from?: Date;
  readonly before?: Date;
}

/** How many dead letters have an event, topic, reason and state in common. */
export interface DeadLetterCount {
  group: string;
  event: string | null;
  topic: string;
  reason: DeadLetterReason;
  state: DeadLetterState;
  letters: number;
}

const COLUMNS = `
  id, consumer_group AS "group", topic, "partition", "offset", last_offset AS "lastOffset", encode(key, 'base64') AS key,
  encode(value, 'base64') AS value, headers, event_id AS "eventId", event, reason, error, attempts, history, state, policy, redrives,
  encode(edited_value, 'base64') AS "editedValue", recorded_at AS "recordedAt", created_at AS "createdAt",
  resolved_at AS "resolvedAt", resolved_by AS "resolvedBy"`;

const LISTED_COLUMNS = `
  id, consumer_group AS "group", topic, "partition", "offset", last_offset AS "lastOffset", encode(key, 'base64') AS key,
  octet_length(value) AS "valueBytes", event_id AS "eventId", event, reason, error, attempts, state, policy, redrives,
  recorded_at AS "recordedAt", created_at AS "createdAt", resolved_at AS "resolvedAt", resolved_by AS "resolvedBy"`;

/** Newest first. */
export async function findDeadLetters(
  query: Query,
  filter: DeadLetterFilter,
  limit = DEAD_LETTERS_LISTED_DEFAULT,
): Promise<DeadLetter[]> {
  const { where, values } = conditionsOf(filter);
  const letters = await query<DeadLetter>(
    `SELECT ${COLUMNS} FROM dead_letter WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $${values.length + 1}`,
    [...values, limit],
  );
  return letters.map(withoutLineBreaks);
}

/** A dead letter in a list: without its bytes, of which there may be a megabyte, and without its history. */
export type ListedDeadLetter = Omit<DeadLetter, 'value' | 'headers' | 'editedValue' | 'history'> & {
  /** null where the record had no value. */
  readonly valueBytes: number | null;
};

/** Newest first, after the letter `after`: the last one of the page before. */
export async function listDeadLetters(
  query: Query,
  filter: DeadLetterFilter,
  limit = DEAD_LETTERS_LISTED_DEFAULT,
  after?: string,
): Promise<ListedDeadLetter[]> {
  const { where, values } = conditionsOf(filter);
  const [place, rows] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const letters = await query<ListedDeadLetter>(
    `SELECT ${LISTED_COLUMNS} FROM dead_letter
      WHERE ${where}
        AND (${place}::uuid IS NULL
             OR (created_at, id) < ((SELECT created_at FROM dead_letter AS last WHERE last.id = ${place}), ${place}))
      ORDER BY created_at DESC, id DESC LIMIT ${rows}`,
    [...values, after ?? null, limit],
  );
  return letters.map((letter) => ({ ...letter, key: letter.key?.replaceAll('\n', '') ?? null }));
}

/** How many there are of each kind: what an act on the same filter would be about. */
export async function countDeadLetters(query: Query, filter: DeadLetterFilter): Promise<DeadLetterCount[]> {
  const { where, values } = conditionsOf(filter);
  return query<DeadLetterCount>(
    `SELECT consumer_group AS "group", event, topic, reason, state, count(*)::integer AS letters
       FROM dead_letter WHERE ${where}
      GROUP BY consumer_group, event, topic, reason, state
      ORDER BY letters DESC, topic, event, reason, state, "group"`,
    values,
  );
}

export function conditionsOf(filter: DeadLetterFilter): { where: string; values: unknown[] } {
  const conditions: string[] = [];
  const values: unknown[] = [];
  const add = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  add(filter.ids, (ids) => `id = ANY (${ids}::uuid[])`);
  add(filter.group, (group) => `consumer_group = ${group}`);
  add(filter.service, isOfService);
  if (filter.state === 'resolved') conditions.push(`state <> 'open'`);
  else add(filter.state, (state) => `state = ${state}`);
  add(filter.reason, (reason) => `reason = ${reason}`);
  add(filter.event, (event) => `event = ${event}`);
  add(filter.eventId, (id) => `event_id = ${id}`);
  add(filter.eventIds, (ids) => `event_id = ANY (${ids})`);
  add(filter.topic, (topic) => `topic = ${topic}`);
  add(filter.key, (key) => `key = convert_to(${key}, 'UTF8')`);
  add(filter.error, (text) => `strpos(lower(error), lower(${text})) > 0`);
  add(filter.from, (from) => `created_at >= ${from}`);
  add(filter.before, (before) => `created_at < ${before}`);
  return { where: conditions.length === 0 ? 'true' : conditions.join(' AND '), values };
}

/** PostgreSQL breaks base64 into lines of 76 characters, as for mail. */
function withoutLineBreaks(letter: DeadLetter): DeadLetter {
  const joined = (text: string | null): string | null => text?.replaceAll('\n', '') ?? null;
  return {
    ...letter,
    key: joined(letter.key),
    value: joined(letter.value),
    editedValue: joined(letter.editedValue),
  };
}
