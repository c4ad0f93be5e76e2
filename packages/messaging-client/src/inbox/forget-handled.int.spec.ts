import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { INBOX_MARGIN_MS, INBOX_ROWS_DELETED_AT_ONCE } from '../limits.ts';
import { queryOf } from '../query.ts';
import { forgetHandled, inboxWindowOf } from './forget-handled.ts';

const HOUR_MS = 3_600_000;

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () => dataSource.query('TRUNCATE inbox_message'));

async function fill(handler: string, state: string, hoursAgo: number, rows: number): Promise<void> {
  await dataSource.query(
    `INSERT INTO inbox_message (handler, event_id, state, topic, "partition", "offset", created_at, done_at)
     SELECT $1, $2 || '-' || $3::integer || '-' || n, $2, 't', 0, n, ago, ago
       FROM generate_series(1, $4) AS n, (SELECT clock_timestamp() - $3::integer * interval '1 hour' AS ago) AS past`,
    [handler, state, hoursAgo, rows],
  );
}

async function left(): Promise<Record<string, number>> {
  const rows: Array<{ what: string; rows: number }> = await dataSource.query(
    `SELECT handler || ' ' || state AS what, count(*)::integer AS rows FROM inbox_message GROUP BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.what, row.rows]));
}

describe('the inbox', () => {
  const window = { group: 'listener', handler: 'a', keptMs: 24 * HOUR_MS };

  it('forgets what was done before its window, in bounded batches, and nothing else', async () => {
    await fill('a', 'done', 25, INBOX_ROWS_DELETED_AT_ONCE + 10);
    await fill('a', 'done', 23, 5);
    await fill('a', 'claimed', 25, 1);
    await fill('a', 'dead', 25, 1);
    await fill('b', 'done', 25, 1);
    expect(await forgetHandled(queryOf(dataSource), window)).toBe(true);
    expect(await left()).toMatchObject({ 'a done': 15 });
    expect(await forgetHandled(queryOf(dataSource), window)).toBe(false);
    expect(await left()).toEqual({ 'a done': 5, 'a claimed': 1, 'a dead': 1, 'b done': 1 });
  });

  it('waits for nobody: a row that is in use stays until the next time', async () => {
    await fill('a', 'done', 25, 2);
    const user = dataSource.createQueryRunner();
    await user.startTransaction();
    await user.query(`SELECT 1 FROM inbox_message WHERE event_id = 'done-25-1' FOR UPDATE`);
    await forgetHandled(queryOf(dataSource), window);
    expect(await left()).toEqual({ 'a done': 1 });
    await user.rollbackTransaction();
    await user.release();
  });

  it('knows an event for longer than its record can lie in the topic', () => {
    expect(inboxWindowOf({ name: 't', partitions: 1, retentionMs: HOUR_MS })).toBe(HOUR_MS + INBOX_MARGIN_MS);
    expect(inboxWindowOf({ name: 't', partitions: 1, retentionMs: -1 })).toBe(Number.POSITIVE_INFINITY);
  });
});
