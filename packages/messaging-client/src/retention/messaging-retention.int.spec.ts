import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { inboxWindowOf } from '../handler/on-event.decorator.ts';
import {
  DEAD_LETTER_AUDIT_KEPT_MS,
  DEAD_LETTERS_KEPT_MS,
  INBOX_MARGIN_MS,
  INBOX_UNFINISHED_KEPT_MS,
  ROWS_DELETED_AT_ONCE,
  STARTED_ATTEMPTS_KEPT_MS,
} from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { deleteSome } from './bounded-delete.ts';
import type { BoundedDelete } from './bounded-delete.ts';
import {
  AUDIT_OF_DELETED_LETTERS,
  FORGOTTEN_ATTEMPTS,
  handledRows,
  RESOLVED_LETTERS,
  unfinishedRows,
} from './messaging-retention.ts';

const HOUR_MS = 3_600_000;
const WINDOW = { group: 'listener', handler: 'a', keptMs: 24 * HOUR_MS };
const AGO = (place: string): string => `clock_timestamp() - ${place}::double precision * interval '1 millisecond'`;

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () =>
  dataSource.query('TRUNCATE inbox_message, dead_letter, dead_letter_audit, started_attempt, parked_record'),
);

async function fill(row: {
  group?: string;
  handler?: string;
  id?: string;
  state: string;
  ageMs: number;
  rows?: number;
}): Promise<void> {
  const { group = 'listener', handler = 'a', id = randomUUID(), state, ageMs, rows = 1 } = row;
  await dataSource.query(
    `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", created_at, done_at)
     SELECT $1, $2, $3 || CASE n WHEN 1 THEN '' ELSE n::text END, $4, 't', 0, n, ago, ago
       FROM generate_series(1, $6) AS n, (SELECT ${AGO('$5')} AS ago) AS past`,
    [group, handler, id, state, ageMs, rows],
  );
}

async function letter(state: string, ageMs: number, eventId: string = randomUUID()): Promise<string> {
  const [row]: [{ id: string }] = await dataSource.query(
    `INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", headers, event_id, event, reason, error, attempts,
                              recorded_at, created_at, state, resolved_at)
     SELECT 'listener', 't', 0, 0, '[]', $3, 'a', 'permanent', 'no', 1, clock_timestamp(), ago, $1,
            CASE WHEN $1 <> 'open' THEN ago END
       FROM (SELECT ${AGO('$2')} AS ago) AS past RETURNING id`,
    [state, ageMs, eventId],
  );
  return row.id;
}

async function cleanUp(...rules: BoundedDelete[]): Promise<void> {
  for (const rule of rules) while (await deleteSome(queryOf(dataSource), rule));
}

async function left(what: string, table: string): Promise<string[]> {
  const rows: Array<{ what: string }> = await dataSource.query(`SELECT ${what} AS what FROM ${table} ORDER BY 1`);
  return rows.map((row) => row.what);
}

describe('the inbox', () => {
  it('forgets what was done before its window, in bounded batches, and nothing of other handlers and groups', async () => {
    await fill({ state: 'done', ageMs: 25 * HOUR_MS, rows: ROWS_DELETED_AT_ONCE + 10 });
    await fill({ state: 'done', ageMs: 23 * HOUR_MS, id: 'young' });
    await fill({ state: 'claimed', ageMs: 25 * HOUR_MS, id: 'claimed' });
    await fill({ state: 'done', ageMs: 25 * HOUR_MS, id: 'of another handler', handler: 'b' });
    await fill({ state: 'done', ageMs: 25 * HOUR_MS, id: 'of another group', group: 'other' });
    const [rule] = handledRows(WINDOW) as [BoundedDelete];
    expect(await deleteSome(queryOf(dataSource), rule)).toBe(true);
    expect(await left('event_id', 'inbox_message')).toHaveLength(14);
    expect(await deleteSome(queryOf(dataSource), rule)).toBe(false);
    expect(await left('event_id', 'inbox_message')).toEqual([
      'claimed',
      'of another group',
      'of another handler',
      'young',
    ]);
  });

  it('waits for no other transaction: a row that is in use stays until the next time', async () => {
    await fill({ state: 'done', ageMs: 25 * HOUR_MS, id: 'used' });
    await fill({ state: 'done', ageMs: 25 * HOUR_MS, id: 'free' });
    const user = dataSource.createQueryRunner();
    await user.startTransaction();
    await user.query(`SELECT 1 FROM inbox_message WHERE event_id = 'used' FOR UPDATE`);
    await cleanUp(...handledRows(WINDOW));
    expect(await left('event_id', 'inbox_message')).toEqual(['used']);
    await user.rollbackTransaction();
    await user.release();
  });

  it('keeps what was not finished as evidence, and for as long as a letter or a parked record of its event is there', async () => {
    const old = INBOX_UNFINISHED_KEPT_MS + HOUR_MS;
    for (const state of ['claimed', 'released', 'dead']) {
      await fill({ state, ageMs: old, id: `old ${state}` });
      await fill({ state, ageMs: INBOX_UNFINISHED_KEPT_MS - HOUR_MS, id: `young ${state}` });
    }
    await fill({ state: 'dead', ageMs: old, id: 'has a letter' });
    await letter('open', old, 'has a letter');
    await fill({ state: 'claimed', ageMs: old, id: 'is parked' });
    await dataSource.query(
      `INSERT INTO parked_record (consumer_group, topic, "partition", "offset", recorded_at, headers, event_id, attempts, failures)
       VALUES ('listener', 't', 0, 0, clock_timestamp(), '[]', 'is parked', 1, 1)`,
    );
    await cleanUp(...unfinishedRows(WINDOW));
    expect(await left('event_id', 'inbox_message')).toEqual([
      'has a letter',
      'is parked',
      'young claimed',
      'young dead',
      'young released',
    ]);
  });

  it('knows an event for longer than its record can lie in the topic, and for ever where that does', () => {
    expect(inboxWindowOf({ name: 't', partitions: 1, retentionMs: HOUR_MS })).toBe(HOUR_MS + INBOX_MARGIN_MS);
    const forever = { ...WINDOW, keptMs: inboxWindowOf({ name: 't', partitions: 1, retentionMs: -1 }) };
    expect([...handledRows(forever), ...unfinishedRows(forever)]).toEqual([]);
  });
});

describe('dead letters', () => {
  it('go a while after they were resolved, and never while they are open; who resolved them is kept longer', async () => {
    const old = DEAD_LETTER_AUDIT_KEPT_MS + HOUR_MS;
    const open = await letter('open', old);
    const young = await letter('dropped', DEAD_LETTERS_KEPT_MS - HOUR_MS);
    const gone = [await letter('dropped', old), await letter('redriven', DEAD_LETTERS_KEPT_MS + HOUR_MS)] as const;
    for (const [id, ageMs] of [
      [open, old],
      [young, old],
      [gone[0], old],
      [gone[1], old - 2 * HOUR_MS],
    ]) {
      await dataSource.query(
        `INSERT INTO dead_letter_audit (dead_letter_id, action, by_whom, at) VALUES ($1, 'drop', 'test', ${AGO('$2')})`,
        [id, ageMs],
      );
    }
    await cleanUp(RESOLVED_LETTERS, AUDIT_OF_DELETED_LETTERS);
    expect(await left('id::text', 'dead_letter')).toEqual([open, young].sort());
    expect(await left('dead_letter_id::text', 'dead_letter_audit')).toEqual([open, young, gone[1]].sort());
  });
});

describe('starts of attempts', () => {
  it('are deleted when no instance has taken their partition for long', async () => {
    for (const [offset, ageMs] of [
      [1, STARTED_ATTEMPTS_KEPT_MS + HOUR_MS],
      [2, STARTED_ATTEMPTS_KEPT_MS - HOUR_MS],
    ]) {
      await dataSource.query(
        `INSERT INTO started_attempt (consumer_group, topic, "partition", "offset", started_at)
         VALUES ('listener', 't', 0, $1, ${AGO('$2')})`,
        [offset, ageMs],
      );
    }
    await cleanUp(FORGOTTEN_ATTEMPTS);
    expect(await left('"offset"', 'started_attempt')).toEqual(['2']);
  });
});
