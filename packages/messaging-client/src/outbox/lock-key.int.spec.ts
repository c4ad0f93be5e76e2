import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';

let testEvent: EventDefinition<TestPayload>;
let database: TestDatabase;
let broker: TestBroker;
let service: TestService;

beforeEach(async () => {
  testEvent = newTestEvent();
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  service = await startTestService({ databaseUrl: database.url, broker: broker.address, publishes: [testEvent] });
  await service.dataSource.query(
    `CREATE TABLE thing (key text PRIMARY KEY, version int NOT NULL); INSERT INTO thing VALUES ('a', 0), ('b', 0)`,
  );
});
afterEach(async () => {
  await service.stop();
  await broker.close();
  await database.drop();
});

/** Other specs run beside this one, in databases of their own. */
const OF_THIS_DATABASE = 'database = (SELECT oid FROM pg_database WHERE datname = current_database())';

async function keysWaitedFor(): Promise<number> {
  const [row] = await service.dataSource.query(
    `SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND classid = $1 AND ${OF_THIS_DATABASE}`,
    [LOCK_SPACE.appendKey],
  );
  return row.waiting;
}

describe('append that locks the key', () => {
  it('before the writer has any other lock keeps the order of the commits, however they interleave', async () => {
    const versions = new Map<number, number>();
    const write = async (n: number): Promise<void> => {
      const key = n % 2 === 0 ? 'a' : 'b';
      await service.dataSource.transaction(async (manager) => {
        // They begin in any order.
        await delay(Math.random() * 10);
        await service.outbox.append(manager, testEvent, { key, n }, { lockKey: true });
        // The later append may be faster from here.
        await delay(Math.random() * 10);
        const [[thing]] = await manager.query(
          'UPDATE thing SET version = version + 1 WHERE key = $1 RETURNING version',
          [key],
        );
        versions.set(n, thing.version);
      });
    };
    await Promise.all(Array.from({ length: 40 }, async (_, n) => write(n)));
    for (const key of ['a', 'b']) {
      const rows: Array<{ n: number }> = await service.dataSource.query(
        `SELECT (payload->>'n')::int AS n FROM outbox WHERE aggregateid = $1 ORDER BY seq`,
        [key],
      );
      expect(rows.map(({ n }) => versions.get(n))).toEqual(Array.from({ length: 20 }, (_, version) => version + 1));
    }
  });

  it('waits for the other transaction of its key and holds back no other meanwhile', async () => {
    const first = service.dataSource.createQueryRunner();
    await first.startTransaction();
    await service.outbox.append(first.manager, testEvent, { key: 'a', n: 1 }, { lockKey: true });
    const second = service.dataSource.transaction((manager) =>
      service.outbox.append(manager, testEvent, { key: 'a', n: 2 }, { lockKey: true }),
    );
    await expect.poll(keysWaitedFor, { timeout: 20_000 }).toBe(1);
    const floors = await service.dataSource.query(
      `SELECT DISTINCT pid FROM pg_locks WHERE classid = $1 AND objsubid = 2 AND ${OF_THIS_DATABASE}`,
      [LOCK_SPACE.append],
    );
    expect(floors).toHaveLength(1);
    // Another key is free.
    await service.dataSource.transaction((manager) =>
      service.outbox.append(manager, testEvent, { key: 'b', n: 3 }, { lockKey: true }),
    );
    await first.commitTransaction();
    await first.release();
    await second;
    const rows = await service.dataSource.query(
      `SELECT payload->>'n' AS n FROM outbox WHERE aggregateid = 'a' ORDER BY seq`,
    );
    expect(rows).toEqual([{ n: '1' }, { n: '2' }]);
  });

  it('of several keys at the same moment takes them in one order, so that two transactions do not wait for each other', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const write = async (order: readonly string[]): Promise<void> => {
      await service.dataSource.transaction((manager) =>
        Promise.all(
          order.map(async (key, n) => service.outbox.append(manager, testEvent, { key, n }, { lockKey: true })),
        ),
      );
    };
    await Promise.all(Array.from({ length: 12 }, async (_, n) => write(n % 2 === 0 ? keys : keys.toReversed())));
    const [count] = await service.dataSource.query('SELECT count(*)::int AS rows FROM outbox');
    expect(count.rows).toBe(12 * keys.length);
  });
});
