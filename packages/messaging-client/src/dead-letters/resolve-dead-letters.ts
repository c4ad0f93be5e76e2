import { MessagingError } from '../errors.ts';
import { DEAD_LETTERS_AT_ONCE_MAX, REDRIVES_MAX } from '../limits.ts';
import { lockLane } from '../parking/lane.ts';
import type { Lane } from '../parking/lane.ts';
import { settleLane } from '../parking/settle-lane.ts';
import type { Query } from '../database/query.ts';
import { conditionsOf } from './find-dead-letters.ts';
import type { DeadLetterFilter } from './find-dead-letters.ts';

/** How dead letters are dropped or redriven. */
export interface Resolve {
  /** Who is on record as having done it. */
  readonly by: string;
  /** Reports what would be done and does nothing. */
  readonly dryRun?: boolean;
  /** The `next` of the act before, which goes on with this one. */
  readonly after?: LetterPlace;
}

/** The last letter that an act has looked at. */
export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
  /** int64 as text */
  readonly offset: string;
  readonly id: string;
}

/** How dead letters are redriven. */
export interface Redrive extends Resolve {
  /** Replaces the value of the one letter that the filter finds; the original stays on record. */
  readonly edit?: Buffer;
  /** Also those that were redriven REDRIVES_MAX times already. */
  readonly force?: boolean;
}

/** Ids, because an operator wants to know which. */
export interface Resolved {
  readonly resolved: string[];
  /** Redriven too often already; see REDRIVES_MAX. */
  readonly refused: string[];
  /** Whole batches that could not be decoded: no record in them can be given to a handler. */
  readonly batches: string[];
  /** Further letters match, behind this one: at most DEAD_LETTERS_AT_ONCE_MAX are looked at by one act. */
  readonly next: LetterPlace | undefined;
}

interface OpenLetter extends Lane {
  readonly id: string;
  readonly offset: string;
  readonly redrives: number;
  readonly event: string | null;
  readonly event_id: string | null;
  readonly last_offset: string | null;
}

const REOPEN_INBOX = [
  `DELETE FROM inbox_message
    WHERE consumer_group = $1 AND handler = $2 AND event_id = $3 AND state = 'dead' AND NOT in_doubt`,
  // in_doubt stays: the handler's claim sees by it that an operator decided to retry.
  `UPDATE inbox_message SET state = 'claimed', claimed_by = NULL
    WHERE consumer_group = $1 AND handler = $2 AND event_id = $3 AND state = 'dead' AND in_doubt`,
] as const;

const PARK_AGAIN = `
  INSERT INTO parked_record (consumer_group, topic, "partition", "offset", recorded_at, key, value, headers, event_id, event,
                             attempts, failures, due_at, error, redrives, history)
  SELECT consumer_group, topic, "partition", "offset", recorded_at, key, coalesce($2, edited_value, value), headers, event_id,
         event, 0, 0, clock_timestamp(), error, redrives + 1, history
    FROM dead_letter WHERE id = $1
  ON CONFLICT (consumer_group, topic, "partition", "offset", recorded_at) DO UPDATE
     SET value = excluded.value, attempts = 0, failures = 0, error_code = NULL, due_at = excluded.due_at, redrives = excluded.redrives,
         history = excluded.history, created_at = clock_timestamp()`;

const RESOLVE = `
  UPDATE dead_letter SET state = $2, redrives = $3, resolved_at = clock_timestamp(), resolved_by = $4 WHERE id = $1`;

const NOTE = `INSERT INTO dead_letter_audit (dead_letter_id, action, by_whom, detail) VALUES ($1, $2, $3, $4)`;

/**
 * Has the open letters that the filter finds tried again: each becomes a parked record that is due, at the place in its
 * lane where it was. To be called in a transaction.
 * @throws MessagingError EDIT_NEEDS_ONE_LETTER
 */
export async function redriveDeadLetters(query: Query, filter: DeadLetterFilter, redrive: Redrive): Promise<Resolved> {
  const { letters, next } = await openLetters(query, filter, redrive);
  const records = letters.filter(({ last_offset: lastOffset }) => lastOffset === null);
  const batches = letters.filter((letter) => !records.includes(letter)).map(({ id }) => id);
  if (redrive.edit !== undefined && (letters.length !== 1 || next !== undefined)) {
    throw new MessagingError('EDIT_NEEDS_ONE_LETTER', `${letters.length} open dead letters match; an edit is for one`);
  }
  const allowed = records.filter(({ redrives }) => redrive.force === true || redrives < REDRIVES_MAX);
  if (redrive.dryRun !== true) {
    for (const letter of allowed) await redriveOne(query, letter, redrive);
  }
  const refused = records.filter((letter) => !allowed.includes(letter));
  return { resolved: allowed.map(({ id }) => id), refused: refused.map(({ id }) => id), batches, next };
}

/** Decides that the open letters that the filter finds are not needed: their keys go on without them. */
export async function dropDeadLetters(query: Query, filter: DeadLetterFilter, drop: Resolve): Promise<Resolved> {
  const { letters, next } = await openLetters(query, filter, drop);
  if (drop.dryRun !== true) {
    for (const letter of letters) {
      await query(RESOLVE, [letter.id, 'dropped', letter.redrives, drop.by]);
      await query(NOTE, [letter.id, 'drop', drop.by, null]);
      await lockLane(query, letter);
      await settleLane(query, letter);
    }
  }
  return { resolved: letters.map(({ id }) => id), refused: [], batches: [], next };
}

async function redriveOne(query: Query, letter: OpenLetter, { by, edit }: Redrive): Promise<void> {
  for (const statement of letter.event_id === null ? [] : REOPEN_INBOX) {
    await query(statement, [letter.group, letter.event, letter.event_id]);
  }
  await lockLane(query, letter);
  await query(PARK_AGAIN, [letter.id, edit ?? null]);
  await query(RESOLVE, [letter.id, 'redriven', letter.redrives + 1, by]);
  await query(NOTE, [letter.id, 'redrive', by, JSON.stringify({ edited: edit?.toString('base64') })]);
  await settleLane(query, letter);
}

/** Oldest first, so that a bounded act leaves a lane's later letters for the next one. */
async function openLetters(
  query: Query,
  filter: DeadLetterFilter,
  { dryRun, after }: Resolve,
): Promise<{ letters: OpenLetter[]; next: LetterPlace | undefined }> {
  const { where, values } = conditionsOf({ ...filter, state: 'open' });
  const place = after === undefined ? [] : [after.topic, after.partition, after.offset, after.id];
  const [topic, partition, offset, id] = place.map((_, index) => `$${values.length + index + 1}`);
  const found = await query<OpenLetter>(
    `SELECT id, consumer_group AS "group", topic, "partition", "offset", key, redrives, event, event_id, last_offset
       FROM dead_letter
      WHERE ${where}
        ${after === undefined ? '' : `AND (topic, "partition", "offset", id) > (${topic}, ${partition}::integer, ${offset}::bigint, ${id}::uuid)`}
      ORDER BY topic, "partition", "offset", id LIMIT ${DEAD_LETTERS_AT_ONCE_MAX + 1}
       ${dryRun === true ? '' : 'FOR UPDATE'}`,
    [...values, ...place],
  );
  const letters = found.slice(0, DEAD_LETTERS_AT_ONCE_MAX);
  const last = found.length > letters.length ? letters.at(-1) : undefined;
  return {
    letters,
    next: last && { topic: last.topic, partition: last.partition, offset: last.offset, id: last.id },
  };
}
