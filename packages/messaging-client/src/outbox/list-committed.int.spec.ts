import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryOf } from '../database/query.ts';
import type { Query } from '../database/query.ts';
import { messagingMigrations } from '../migrations.ts';
import { takeFloors } from './append-floor.ts';
import { listCommittedEvents, listPublishedEvents } from './list-committed.ts';
import { readPayloadFields } from './read-payload-fields.ts';

let database: TestDatabase;
let dataSource: DataSource;
let query: Query;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: messagingMigrations('note-service'),
    migrationsRun: true,
  }).initialize();
  query = queryOf(dataSource.manager);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** As `append()` does it: the floor of the transaction, then the row. */
async function append(client: Client, key: string): Promise<void> {
  await client.query(takeFloors('$1::text[]'), [[key]]);
  await client.query(
    `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload) VALUES ('note', $1, 'note.written', 1, 's', '{}')`,
    [key],
  );
}

const keysAfter = async (after: string | undefined): Promise<{ seqs: string[]; next: string }> => {
  const { rows, next } = await listCommittedEvents(query, after, 100);
  return { seqs: rows.map(({ seq }) => seq), next };
};

it('comes back to the row of a transaction that commits after younger rows were read', async () => {
  const [slow, quick] = [new Client(database.url), new Client(database.url)];
  await Promise.all([slow.connect(), quick.connect()]);
  await slow.query('BEGIN');
  await append(slow, 'a');
  await quick.query('BEGIN');
  await append(quick, 'a');
  await quick.query('COMMIT');

  const before = await keysAfter(undefined);
  expect(before.seqs).toEqual(['2']);
  expect(BigInt(before.next)).toBeLessThan(1n);
  await slow.query('COMMIT');
  const after = await keysAfter(before.next);
  expect(after.seqs).toEqual(['1', '2']);
  expect(await keysAfter(after.next)).toEqual({ seqs: [], next: after.next });
  await Promise.all([slow.end(), quick.end()]);
});

it('goes on where it was while a transaction begins after the sequence was read', async () => {
  const client = new Client(database.url);
  await client.connect();
  await client.query('BEGIN');
  await append(client, 'b');
  // As the floor of a transaction that began in between: above the sequence's last value that was read.
  const readEarlier: Query = async <Row extends object>(statement: string, values?: readonly unknown[]) =>
    statement.includes('AS last') ? ([{ last: '1' }] as unknown as Row[]) : query<Row>(statement, values);
  expect(await listCommittedEvents(readEarlier, '2', 100)).toEqual({ rows: [], next: '2' });
  expect((await listCommittedEvents(readEarlier, undefined, 100)).next).toBe('0');
  await client.query('ROLLBACK');
  await client.end();
});

it('lists where the relay has put what it published since a time', async () => {
  await query(`UPDATE outbox SET published_at = clock_timestamp(), "partition" = 2, "offset" = seq + 10 WHERE seq = 1`);
  const published = await listPublishedEvents(query, new Date(Date.now() - 60_000), 100);
  expect(published).toMatchObject([{ partition: 2, offset: '11' }]);
  expect(await listPublishedEvents(query, new Date(Date.now() - 60_000), 100, '1')).toEqual(published);
  expect(await listPublishedEvents(query, new Date(Date.now() - 60_000), 100, '2')).toEqual([]);
  expect(await listPublishedEvents(query, new Date(Date.now() + 60_000), 100)).toEqual([]);
});

it('names the trace in which an event was appended', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await query(
    `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, tracingspancontext)
     VALUES ('note', 'traced', 'note.written', 1, 's', '{}', 'traceparent=00-' || $1 || '-b7ad6b7169203331-01')`,
    [traceId],
  );
  const { rows } = await listCommittedEvents(query, undefined, 100);
  expect(rows.find(({ key }) => key === 'traced')).toMatchObject({ traceId });
  expect(rows.find(({ key }) => key === 'a')).toMatchObject({ traceId: null });
});

it('reads of each payload the first of the fields that it has, and nothing of a large one', async () => {
  const idOf = async (payload: object, bytes = 100): Promise<string> => {
    const [row] = await query<{ id: string }>(
      `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, payload_bytes)
       VALUES ('note', 'k', 'note.written', 1, 's', $1, $2) RETURNING id`,
      [JSON.stringify(payload), bytes],
    );
    return row!.id;
  };
  const both = await idOf({ email: 'a@example.com', customer: { email: 'b@example.com' } });
  const inner = await idOf({ customer: { email: 'b@example.com' } });
  const none = await idOf({ name: 'c' });
  const large = await idOf({ email: 'd@example.com' }, 100_000);
  const fields = await readPayloadFields(query, [both, inner, none, large], ['email', 'customer.email']);
  expect(fields).toEqual(
    new Map([
      [both, 'a@example.com'],
      [inner, 'b@example.com'],
    ]),
  );
});
