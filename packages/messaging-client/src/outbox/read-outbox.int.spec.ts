import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { DataSource } from 'typeorm';
import { DatabaseSession } from '../database/session.ts';
import { RELAY_BATCH_ROWS_MAX } from '../limits.ts';
import { messagingMigrations } from '../migrations.ts';
import { READ_ALONG_INDEXES } from '../database/instance-lock.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';
import { OutboxReader } from './read-outbox.ts';
import type { OutboxBatch } from './read-outbox.ts';

const ROWS = 20 * RELAY_BATCH_ROWS_MAX;
const EVERY_SHARD = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);
const NOTHING = { topics: [], keys: [] };

let database: TestDatabase;
let dataSource: DataSource;
let session: DatabaseSession;
beforeEach(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: messagingMigrations('publisher'),
    migrationsRun: true,
  }).initialize();
  session = await openSession();
});
afterEach(async () => {
  await session.end();
  await dataSource.destroy();
  await database.drop();
});

async function openSession(): Promise<DatabaseSession> {
  const opened = new DatabaseSession(
    { url: database.url, name: 'reader', connectTimeoutMs: 5_000, queryTimeoutMs: 60_000 },
    () => undefined,
    () => undefined,
  );
  await opened.connect();
  await opened.queryAll(...READ_ALONG_INDEXES);
  return opened;
}

/** @param key an expression of the row's number */
async function insert(rows: number, key: string, payload = '{}'): Promise<void> {
  await dataSource.query(
    `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, payload_bytes)
     SELECT 'thing', ${key}, 'thing.happened', 1, 'by hand', $2::text::json, octet_length($2::text) FROM generate_series(1, $1::int) AS n`,
    [rows, payload],
  );
}

async function publish(reader: OutboxReader, batch: OutboxBatch): Promise<void> {
  await session.query('UPDATE outbox SET published_at = clock_timestamp() WHERE seq = ANY ($1::bigint[])', [
    batch.rows.map(({ seq }) => seq),
  ]);
  reader.isPublished(batch, () => false);
}

/** Everything, batch by batch, as long as one says that there is more. */
async function readAll(reader: OutboxReader): Promise<Array<OutboxBatch['rows'][number]>> {
  const read: Array<OutboxBatch['rows'][number]> = [];
  for (let isFull = true; isFull;) {
    const batch = await reader.read(session, EVERY_SHARD, NOTHING);
    expect(batch.rows.length).toBeLessThanOrEqual(RELAY_BATCH_ROWS_MAX);
    read.push(...batch.rows);
    await publish(reader, batch);
    isFull = batch.isFull;
  }
  return read;
}

async function entriesRead(): Promise<number> {
  // A session reports what it has read when it ends.
  await session.end();
  session = await openSession();
  const [index] = await dataSource.query(
    `SELECT idx_tup_read::int AS read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_waiting'`,
  );
  return index.read;
}

describe('a backlog', () => {
  it.each([
    ['of many keys', 'n::text'],
    ['of one key', `'k'`],
    ['of one key with a few of others', `CASE WHEN n % 100 = 0 THEN n::text ELSE 'k' END`],
  ])(
    '%s is read once each, in the order of every shard, and without visiting much more than is taken',
    async (_, key) => {
      await insert(ROWS, key);
      const read = await readAll(new OutboxReader());
      expect(read).toHaveLength(ROWS);
      for (const shard of EVERY_SHARD) {
        const seqs = read.filter((row) => row.shard === shard).map(({ seq }) => Number(seq));
        expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
      }
      expect(await entriesRead()).toBeLessThan(3 * ROWS);
    },
  );

  it('of large payloads is read once each, too', async () => {
    await insert(60, `'k' || n % 7`, JSON.stringify('x'.repeat(100_000)));
    const read = await readAll(new OutboxReader());
    expect(new Set(read.map(({ seq }) => seq)).size).toBe(60);
    expect(read).toHaveLength(60);
  });
});

describe('a row', () => {
  it('that is left out is read again later, although all around it is published meanwhile', async () => {
    await insert(3, `'k' || n`);
    const reader = new OutboxReader();
    const first = await reader.read(session, EVERY_SHARD, NOTHING);
    const [rejected, ...others] = first.rows;
    await session.query('UPDATE outbox SET published_at = clock_timestamp() WHERE seq = ANY ($1::bigint[])', [
      others.map(({ seq }) => seq),
    ]);
    reader.isPublished(first, (shard) => shard === rejected!.shard);
    const without = await reader.read(session, EVERY_SHARD, { topics: [], keys: [`thing ${rejected!.key}`] });
    expect(without.rows).toEqual([]);
    reader.isPublished(without, (shard) => shard === rejected!.shard);
    expect((await reader.read(session, EVERY_SHARD, NOTHING)).rows).toEqual([rejected]);
  });

  it('is read after the sequence was restarted, as by a reset of the table', async () => {
    await insert(3, `'k'`);
    const reader = new OutboxReader();
    await readAll(reader);
    await dataSource.query('TRUNCATE outbox RESTART IDENTITY');
    await insert(1, `'k'`);
    expect((await reader.read(session, EVERY_SHARD, NOTHING)).rows).toHaveLength(1);
  });
});
