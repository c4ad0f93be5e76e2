import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import { OUTBOX_AUDIT_KEPT_MS, PUBLISHED_ROWS_KEPT_MS, ROWS_DELETED_AT_ONCE, TABLE_CLEANUP_MS } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { deleteSome } from './bounded-delete.ts';
import { OUTBOX_RETENTION } from './messaging-retention.ts';

let dataSource: DataSource;
let drop: () => Promise<void>;

beforeEach(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterEach(async () => drop());

/** What the clean-up does in one step; returns whether there may be more. */
async function forgetPublished(): Promise<boolean> {
  let more = false;
  for (const rule of OUTBOX_RETENTION) more = (await deleteSome(queryOf(dataSource), rule)) || more;
  return more;
}

async function append(rows: number, publishedMsAgo: number | null): Promise<void> {
  await dataSource.query(
    `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, published_at)
     SELECT 'thing', n::text, 'thing.happened', 1, 'test', '{}',
            clock_timestamp() - $2::double precision * interval '1 millisecond'
       FROM generate_series(1, $1::int) AS n`,
    [rows, publishedMsAgo],
  );
}

async function count(table: string): Promise<number> {
  const [row] = await dataSource.query(`SELECT count(*)::int AS rows FROM ${table}`);
  return row.rows;
}

describe('what is kept of the outbox', () => {
  it('is what waits, however old, and what was published within a day; the rest goes, so many rows at once', async () => {
    await append(ROWS_DELETED_AT_ONCE + 1, PUBLISHED_ROWS_KEPT_MS + 60_000);
    await append(2, PUBLISHED_ROWS_KEPT_MS - 60_000);
    await append(3, null);
    await dataSource.query(`UPDATE outbox SET created_at = clock_timestamp() - interval '1 year'`);
    expect(await forgetPublished()).toBe(true);
    expect(await count('outbox')).toBe(6);
    expect(await forgetPublished()).toBe(false);
    expect(await count('outbox')).toBe(5);
    expect(await forgetPublished()).toBe(false);
    expect(await count('outbox WHERE published_at IS NULL')).toBe(3);
  });

  it('is the refusal of a row that waits, and no other', async () => {
    await append(1, null);
    await append(1, 0);
    await dataSource.query(
      `INSERT INTO outbox_refusal (seq, refusal, error) SELECT seq, 'record', 'too large' FROM outbox
       UNION ALL SELECT 4711, 'record', 'dropped since'`,
    );
    await forgetPublished();
    expect(await dataSource.query('SELECT seq, published_at FROM outbox_refusal JOIN outbox USING (seq)')).toEqual([
      { seq: '1', published_at: null },
    ]);
    expect(await count('outbox_refusal')).toBe(1);
  });

  it('is for 400 days what operators did about rejected rows', async () => {
    await dataSource.query(
      `INSERT INTO outbox_audit (seq, event_id, action, by_whom, error, at)
       SELECT n, uuidv7(), 'drop', 'hana', 'too large', clock_timestamp() - ($1::double precision + age) * interval '1 millisecond'
         FROM unnest(ARRAY[60000, -60000]) WITH ORDINALITY AS old (age, n)`,
      [OUTBOX_AUDIT_KEPT_MS],
    );
    await forgetPublished();
    expect(await dataSource.query('SELECT seq FROM outbox_audit')).toEqual([{ seq: '2' }]);
  });

  it('is looked at in every service, also in one that only publishes', async () => {
    const intervals = vi.spyOn(globalThis, 'setInterval');
    const databaseUrl = (dataSource.options as { url: string }).url;
    const service = await startTestService({ databaseUrl, broker: '127.0.0.1:1', publishes: [newTestEvent()] });
    const cleanUps = intervals.mock.calls.filter(([, milliseconds]) => milliseconds === TABLE_CLEANUP_MS);
    intervals.mockRestore();
    await append(3, PUBLISHED_ROWS_KEPT_MS + 60_000);
    for (const [cleanUp] of cleanUps) cleanUp();
    await expect.poll(async () => count('outbox')).toBe(0);
    await service.stop();
  });
});
