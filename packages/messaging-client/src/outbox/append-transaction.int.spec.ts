import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { newTestEvent } from '../../test/start-test-service.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import { publishedBy } from '../testing/published-by.ts';
import { Outbox } from './append-to-outbox.ts';
import type { AppendTransaction } from './append-transaction.ts';
import { OUTBOX_CHANNEL } from './outbox-table.ts';

const testEvent = newTestEvent();
let validated = Promise.withResolvers<boolean>();
const slowEvent = {
  ...newTestEvent(),
  schema: z.object({ key: z.string(), n: z.int() }).refine(async () => validated.promise),
};
const outbox = new Outbox({ service: 'shop', kafka: { brokers: [] }, publishes: [testEvent, slowEvent] });
const clients: PoolClient[] = [];
let database: Awaited<ReturnType<typeof openMessagingDatabase>>;
let pool: Pool;
let kysely: Kysely<unknown>;

beforeAll(async () => {
  database = await openMessagingDatabase('shop');
  pool = new Pool({ connectionString: (database.dataSource.options as { url: string }).url });
  // A plugin that changes statements and rows must not get in the way.
  kysely = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
});
beforeEach(async () => {
  validated = Promise.withResolvers();
  await database.dataSource.query('TRUNCATE outbox');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.release();
});
afterAll(async () => {
  await kysely.destroy();
  await database.drop();
});

/** Ours, or Kysely's own. */
const ENDED = /needs an open transaction|already committed/;

interface Opened {
  readonly transaction: AppendTransaction;
  end(how: 'COMMIT' | 'ROLLBACK'): Promise<void>;
}

async function openWithPg(): Promise<Opened & { client: PoolClient }> {
  const client = await pool.connect();
  clients.push(client);
  await client.query('BEGIN');
  return { client, transaction: client, end: async (how) => void (await client.query(how)) };
}

const ways: Array<[string, () => Promise<Opened>]> = [
  ['a client of pg after BEGIN', openWithPg],
  [
    'a transaction of Kysely',
    async () => {
      const transaction = await kysely.startTransaction().execute();
      const end = async (how: string): Promise<void> =>
        (how === 'COMMIT' ? transaction.commit() : transaction.rollback()).execute();
      return { transaction, end };
    },
  ],
  [
    'an executor around a library that is not known here',
    async () => {
      const { client, end } = await openWithPg();
      let isActive = true;
      return {
        transaction: {
          query: async (statement: string, values: unknown[]) =>
            (await client.query(statement, values)).rows as object[],
          isTransactionActive: () => isActive,
        },
        end: async (how) => {
          isActive = false;
          await end(how);
        },
      };
    },
  ],
];

describe.each(ways)('append in %s', (_, open) => {
  it('writes the events with the change, in order, under the floor of their shards, and wakes the relay at the commit', async () => {
    const relay = new Client({ connectionString: pool.options.connectionString });
    await relay.connect();
    await relay.query(`LISTEN ${OUTBOX_CHANNEL}`);
    const woken = new Promise((resolve) => relay.once('notification', resolve));
    const { transaction, end } = await open();
    const ids = await Promise.all(
      [1, 2, 3].map(async (n) => (await outbox.append(transaction, testEvent, { key: 'a', n }, { lockKey: true })).id),
    );
    const held = await relay.query(
      `SELECT count(*)::int AS locks FROM pg_locks
        WHERE classid = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [LOCK_SPACE.append],
    );
    expect(held.rows).toEqual([{ locks: 1 }]);
    expect(await publishedBy(database.dataSource)).toEqual([]);
    await end('COMMIT');
    await woken;
    const appended = await publishedBy(database.dataSource, testEvent);
    expect(appended.map(({ id, payload }) => [id, payload.n])).toEqual(ids.map((id, index) => [id, index + 1]));
    await relay.end();
  });

  it('writes nothing when the transaction is rolled back', async () => {
    const { transaction, end } = await open();
    await outbox.append(transaction, testEvent, { key: 'a', n: 1 });
    await end('ROLLBACK');
    expect(await publishedBy(database.dataSource)).toEqual([]);
  });

  it('is refused where the transaction has ended while the payload was validated', async () => {
    const { transaction, end } = await open();
    const late = outbox.append(transaction, slowEvent, { key: 'a', n: 1 });
    const refused = expect(late).rejects.toThrow(ENDED);
    await end('COMMIT');
    validated.resolve(true);
    await refused;
    expect(await publishedBy(database.dataSource)).toEqual([]);
  });

  it('validates the payload, and is refused after the end of the transaction', async () => {
    const { transaction, end } = await open();
    await expect(outbox.append(transaction, testEvent, { key: 'a', n: 'one' as never })).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
    });
    await end('COMMIT');
    await expect(outbox.append(transaction, testEvent, { key: 'a', n: 1 })).rejects.toThrow(ENDED);
    expect(await publishedBy(database.dataSource)).toEqual([]);
  });
});

describe('append without a transaction', () => {
  it.each([
    // @ts-expect-error a pool runs each statement by another connection
    ['a pool', (): AppendTransaction => pool],
    // @ts-expect-error its statements are transactions of their own
    ['a Kysely that is not a transaction', (): AppendTransaction => kysely],
    ['a manager of TypeORM', (): AppendTransaction => database.dataSource.manager],
  ])('is refused for %s', async (_, transaction) => {
    await expect(outbox.append(transaction(), testEvent, { key: 'a', n: 1 })).rejects.toMatchObject({
      code: 'APPEND_OUTSIDE_TRANSACTION',
    });
  });

  it('is refused for a client of pg before BEGIN', async () => {
    const client = await pool.connect();
    clients.push(client);
    await expect(outbox.append(client, testEvent, { key: 'a', n: 1 })).rejects.toMatchObject({
      code: 'APPEND_OUTSIDE_TRANSACTION',
    });
  });
});
