import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';
import type { KafkaDriver } from '../kafka/kafka-settings.ts';
import { OUTBOX_ROWS_AT_ONCE_MAX } from '../limits.ts';
import { publishedBy } from '../testing/published-by.ts';
import { OutboxBacklog } from './outbox-backlog.ts';
import { OUTBOX_SHARDS, SHARD_OF_KEY } from './outbox-table.ts';

let testEvent: EventDefinition<TestPayload>;
let database: TestDatabase;
let broker: TestBroker;
const services: TestService[] = [];

beforeEach(async () => {
  testEvent = newTestEvent();
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
  await broker.close();
  await database.drop();
});

async function start(driver?: KafkaDriver): Promise<TestService> {
  const service = await startTestService({
    databaseUrl: database.url,
    broker: broker.address,
    publishes: [testEvent],
    ...(driver !== undefined && { driver }),
  });
  services.push(service);
  return service;
}

async function waiting({ dataSource }: TestService): Promise<number> {
  const [row] = await dataSource.query('SELECT count(*)::int AS rows FROM outbox WHERE published_at IS NULL');
  return row.rows;
}

/** The numbers that were published, by key, as they lie in the topic. */
async function readTopic(count: number): Promise<Map<string, number[]>> {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 100 });
  const numbers = new Map<string, number[]>();
  let read = 0;
  const all = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic: testEvent.topic.name, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const { key, n } = JSON.parse(message.value!.toString()) as { key: string; n: number };
      numbers.set(key, [...(numbers.get(key) ?? []), n]);
      read += 1;
      if (read === count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return numbers;
}

async function holdsShards({ events }: TestService): Promise<void> {
  await new Promise<void>((resolve) => events.on('relay.shards', ({ held }) => held > 0 && resolve()));
}

/** A batch that was in flight when its instance lost the shard comes a second time, behind itself. */
function firstOfEach(numbers: readonly number[]): number[] {
  return [...new Set(numbers)];
}

describe('append of an event in two versions', () => {
  it('writes two rows with one id, the newer version first', async () => {
    const { outbox, dataSource } = await startWithVersions();
    const { id } = await dataSource.transaction(async (manager) =>
      outbox.appendVersions(manager, [second(), { key: 'a', n: 2 }], [testEvent, { key: 'a', n: 1 }]),
    );
    const rows: unknown = await dataSource.query('SELECT id, version, data_versions FROM outbox ORDER BY seq');
    expect(rows).toEqual([
      { id, version: 2, data_versions: '2,1' },
      { id, version: 1, data_versions: '2,1' },
    ]);
    expect(await publishedBy(dataSource, testEvent)).toMatchObject([{ id, version: 1, payload: { n: 1 } }]);
  });

  it('is refused, and writes neither, when they are not two versions of one event with one key', async () => {
    const { outbox, dataSource } = await startWithVersions();
    const append = (newer: EventDefinition<TestPayload>, older: EventDefinition<TestPayload>, key = 'a') =>
      dataSource.transaction(async (manager) =>
        outbox.appendVersions(manager, [newer, { key: 'a', n: 1 }], [older, { key, n: 1 }]),
      );
    await expect(append(testEvent, second())).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    await expect(append(second(), newTestEvent())).rejects.toMatchObject({ code: 'DEFINITION_INVALID' });
    await expect(append(second(), { ...testEvent, version: 0 })).rejects.toMatchObject({
      code: 'EVENT_NOT_PUBLISHED_HERE',
    });
    await expect(append(second(), testEvent, 'b')).rejects.toMatchObject({ code: 'KEY_INVALID' });
    expect(await dataSource.query('SELECT 1 FROM outbox')).toEqual([]);
  });

  const second = (): EventDefinition<TestPayload> => ({ ...testEvent, version: 2 });

  async function startWithVersions(): Promise<TestService> {
    const publishes = [testEvent, second()];
    const service = await startTestService({ databaseUrl: database.url, broker: broker.address, publishes });
    services.push(service);
    return service;
  }
});

describe('append', () => {
  it('is refused outside a transaction', async () => {
    const { outbox, dataSource } = await start();
    await expect(outbox.append(dataSource.manager, testEvent, { key: 'a', n: 1 })).rejects.toMatchObject({
      code: 'APPEND_OUTSIDE_TRANSACTION',
    });
  });

  it('names each bad field of a payload', async () => {
    const { outbox, dataSource } = await start();
    const appended = dataSource.transaction((manager) =>
      outbox.append(manager, testEvent, { key: 1, n: 'one' } as never),
    );
    await expect(appended).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
      message: expect.stringMatching(/key: .*; n: /),
    });
  });

  it.each([
    ['an empty key', { key: '', n: 1 }, 'KEY_INVALID'],
    ['a key over the bound', { key: 'k'.repeat(2_000), n: 1 }, 'KEY_INVALID'],
  ])('refuses %s', async (_, payload, code) => {
    const { outbox, dataSource } = await start();
    await expect(dataSource.transaction((manager) => outbox.append(manager, testEvent, payload))).rejects.toMatchObject(
      {
        code,
      },
    );
  });

  it('refuses an event that the service does not publish', async () => {
    const { outbox, dataSource } = await start();
    const other = { ...testEvent, name: 'other.happened' };
    await expect(
      dataSource.transaction((manager) => outbox.append(manager, other, { key: 'a', n: 1 })),
    ).rejects.toMatchObject({ code: 'EVENT_NOT_PUBLISHED_HERE' });
  });

  it('of many events at the same moment keeps their order, and returns the id of each', async () => {
    const { outbox, dataSource } = await start();
    const numbers = Array.from({ length: 2 * OUTBOX_ROWS_AT_ONCE_MAX + 1 }, (_, n) => n);
    const appended = await dataSource.transaction((manager) =>
      Promise.all(numbers.map(async (n) => outbox.append(manager, testEvent, { key: `"${n}\\`, n }))),
    );
    const rows: Array<{ id: string; aggregateid: string; payload: unknown }> = await dataSource.query(
      'SELECT id, aggregateid, payload FROM outbox ORDER BY seq',
    );
    expect(rows).toEqual(
      numbers.map((n) => ({ ...appended[n], aggregateid: `"${n}\\`, payload: { key: `"${n}\\`, n } })),
    );
  });

  it('leaves nothing behind when the transaction rolls back', async () => {
    const service = await start();
    await expect(
      service.dataSource.transaction(async (manager) => {
        await service.outbox.append(manager, testEvent, { key: 'a', n: 1 });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const rows = await service.dataSource.query('SELECT 1 FROM outbox');
    expect(rows).toEqual([]);
  });
});

describe('the relay', () => {
  it.each([
    ['since the last vacuum', ''],
    ['since a snapshot that is still open', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1'],
  ])('reads rows that wait, however many were published %s', async (_, snapshot) => {
    const [transactions, rowsOfEach, looks] = [4, 500, 20];
    const service = await start();
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query(snapshot);
    await service.dataSource.query('ALTER TABLE outbox SET (autovacuum_enabled = false)');
    let [appended, published] = [0, 0];
    service.events.on('outbox.published', ({ rows }) => (published += rows));
    const say = async (count: number): Promise<void> => {
      await service.publish(testEvent, ...Array.from({ length: count }, (__, n) => ({ key: String(n), n })));
      appended += count;
      await until(service.events, ['outbox.published'], () => published === appended);
    };
    for (let n = 0; n < transactions; n += 1) await say(rowsOfEach);
    for (let n = 0; n < looks; n += 1) await say(1);
    // A session reports what it has read when it ends.
    await Promise.all(services.splice(0).map(async ({ stop }) => stop()));
    await reader.query('ROLLBACK');
    const { rows } = await reader.query<{ read: number }>(
      `SELECT idx_tup_read::int AS read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_waiting'`,
    );
    await reader.end();
    expect(rows[0]!.read).toBeLessThan((transactions * rowsOfEach * looks) / 2);
  });
});

describe('a transaction that has appended and stays open', () => {
  it('is ended by the server when it is idle for a minute, unless the database has a bound', async () => {
    const { outbox, dataSource } = await start();
    const timeout = `SELECT current_setting('idle_in_transaction_session_timeout') AS is`;
    await dataSource.transaction(async (manager) => {
      expect(await manager.query(timeout)).toEqual([{ is: '0' }]);
      await outbox.append(manager, testEvent, { key: 'a', n: 1 });
      expect(await manager.query(timeout)).toEqual([{ is: '1min' }]);
    });
    await dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL idle_in_transaction_session_timeout = '15s'`);
      await outbox.append(manager, testEvent, { key: 'a', n: 1 });
      expect(await manager.query(timeout)).toEqual([{ is: '15s' }]);
    });
  });

  it('is reported with its pid by an event and by the backlog, and no more when it has ended', async () => {
    const service = await start();
    const backlog = new OutboxBacklog(service.dataSource);
    const stuck = service.dataSource.createQueryRunner();
    await stuck.startTransaction();
    const [{ pid }] = await stuck.query('SELECT pg_backend_pid() AS pid');
    const reported = new Promise<unknown>((resolve) => service.events.once('outbox.held-back', resolve));
    await service.outbox.append(stuck.manager, testEvent, { key: 'a', n: 1 });
    expect(await reported).toMatchObject({ pid, state: 'idle in transaction' });
    expect((await backlog.read()).warnings).toEqual([expect.stringContaining(`the transaction of pid ${pid} `)]);
    await stuck.rollbackTransaction();
    await stuck.release();
    expect((await backlog.read()).warnings).toEqual([]);
  });
});

describe.each(KAFKA_DRIVERS)('the relay by %s', (driver) => {
  it('publishes what was committed, in order, and keeps where it lies', async () => {
    const service = await start(driver);
    await service.publish(testEvent, { key: 'a', n: 1 }, { key: 'b', n: 2 }, { key: 'a', n: 3 });
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect(await readTopic(3)).toEqual(
      new Map([
        ['a', [1, 3]],
        ['b', [2]],
      ]),
    );
    const places = await service.dataSource.query(
      `SELECT aggregateid AS key, "offset" FROM outbox WHERE aggregateid = 'a' ORDER BY seq`,
    );
    expect(places.map(({ offset }: { offset: string }) => Number(offset))).toEqual([
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(Number(places[1].offset)).toBeGreaterThan(Number(places[0].offset));
  });

  it('publishes a backlog of large payloads of one key, which together are more than the broker takes at once', async () => {
    const service = await start(driver);
    const text = 'x'.repeat(100_000);
    await service.publish(testEvent, ...Array.from({ length: 30 }, (_, n) => ({ key: 'a', n, text })));
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect((await readTopic(30)).get('a')).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  it('passes no row that an older open transaction could still precede', async () => {
    const service = await start(driver);
    const late = service.dataSource.createQueryRunner();
    await late.startTransaction();
    await service.outbox.append(late.manager, testEvent, { key: 'a', n: 1 });
    await service.publish(testEvent, { key: 'a', n: 2 });
    await late.commitTransaction();
    await late.release();
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect(await readTopic(2)).toEqual(new Map([['a', [1, 2]]]));
  });

  it('holds back the shard of an open transaction that has appended, and no other', async () => {
    const service = await start(driver);
    const shards: Array<{ key: string; shard: number }> = await service.dataSource.query(
      `SELECT key, ${SHARD_OF_KEY} AS shard FROM (SELECT 'k' || n AS key FROM generate_series(1, 200) AS n) AS keys`,
    );
    const { key, shard } = shards[0]!;
    const neighbour = shards.find((one) => one.shard === shard && one.key !== key)!.key;
    const others = [
      ...new Map(shards.filter((one) => one.shard !== shard).map((one) => [one.shard, one.key])).values(),
    ];
    const stuck = service.dataSource.createQueryRunner();
    await stuck.startTransaction();
    await service.outbox.append(stuck.manager, testEvent, { key, n: 1 });
    await service.publish(testEvent, ...[key, neighbour, ...others].map((one) => ({ key: one, n: 2 })));
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 2);
    await stuck.commitTransaction();
    await stuck.release();
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect((await readTopic(others.length + 3)).get(key)).toEqual([1, 2]);
  });

  it('does not wait for a transaction that has not appended, however long it takes', async () => {
    const service = await start(driver);
    const slow = service.dataSource.createQueryRunner();
    await slow.startTransaction();
    await slow.query('CREATE TABLE slow (n int); INSERT INTO slow VALUES (1)');
    await service.publish(testEvent, { key: 'a', n: 1 });
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    await slow.rollbackTransaction();
    await slow.release();
    expect(await readTopic(1)).toEqual(new Map([['a', [1]]]));
  });

  it('goes on when the transaction that held rows back is rolled back', async () => {
    const service = await start(driver);
    const rolledBack = service.dataSource.createQueryRunner();
    await rolledBack.startTransaction();
    await service.outbox.append(rolledBack.manager, testEvent, { key: 'b', n: 1 });
    await service.outbox.append(rolledBack.manager, testEvent, { key: 'b', n: 2 });
    await service.publish(testEvent, { key: 'a', n: 3 });
    await rolledBack.rollbackTransaction();
    await rolledBack.release();
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect(await readTopic(1)).toEqual(new Map([['a', [3]]]));
  });

  it('leaves out a row that the broker rejects, with its key, and lets all others go on', async () => {
    const service = await start(driver);
    const rejected = new Promise<string>((resolve) =>
      service.events.once('outbox.rejected', ({ topic }) => resolve(topic)),
    );
    await service.dataSource.transaction(async (manager) => {
      await service.outbox.append(manager, testEvent, { key: 'a', n: 1 });
      await manager.query(
        `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload)
         VALUES ('no-such-topic', 'x', 'thing.happened', 1, 'by hand', '{}')`,
      );
      await service.outbox.append(manager, testEvent, { key: 'b', n: 2 });
    });
    expect(await rejected).toBe('no-such-topic');
    await service.publish(testEvent, { key: 'a', n: 3 });
    await expect.poll(() => waiting(service)).toBe(1);
    expect(await readTopic(3)).toEqual(
      new Map([
        ['a', [1, 3]],
        ['b', [2]],
      ]),
    );
  });

  it('keeps the order of a key whose writer took its transaction id before it got the lock', async () => {
    const service = await start(driver);
    await service.dataSource.query('CREATE TABLE thing (id int PRIMARY KEY); INSERT INTO thing VALUES (1), (2)');
    const second = service.dataSource.createQueryRunner();
    await second.startTransaction();
    await second.query('UPDATE thing SET id = id WHERE id = 2');
    // The older transaction waits for the younger one's commit, and so says its piece later.
    await service.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE thing SET id = id WHERE id = 1');
      await service.outbox.append(manager, testEvent, { key: 'a', n: 1 });
    });
    await second.query('UPDATE thing SET id = id WHERE id = 1');
    await service.outbox.append(second.manager, testEvent, { key: 'a', n: 2 });
    await second.commitTransaction();
    await second.release();
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect(await readTopic(2)).toEqual(new Map([['a', [1, 2]]]));
  });

  it.skipIf(process.env['KAFKA_BOOTSTRAP'] !== undefined)(
    'keeps rows while the broker is unavailable, and publishes them in order afterwards',
    async () => {
      const service = await start(driver);
      await service.publish(testEvent, { key: 'a', n: 1 });
      await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
      await broker.stop();
      const failed = new Promise((resolve) => service.events.once('outbox.failed', resolve));
      for (let n = 2; n <= 20; n += 1) await service.publish(testEvent, { key: 'a', n });
      await failed;
      await broker.start();
      await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
      const read = (await readTopic(20)).get('a')!;
      expect([...new Set(read)]).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    },
  );

  it('shares the shards among instances, and keeps the order of every key while they come and go', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const ROUNDS = 30;
    const first = await start(driver);
    const say = async (n: number): Promise<unknown> => first.publish(testEvent, ...keys.map((key) => ({ key, n })));
    for (let n = 0; n < ROUNDS; n += 1) {
      if (n === 10) await holdsShards(await start(driver));
      if (n === 20) await services.pop()!.stop();
      await say(n);
    }
    await expect.poll(() => waiting(first), { timeout: 20_000 }).toBe(0);
    const read = await readTopic(keys.length * ROUNDS);
    for (const key of keys)
      expect(firstOfEach(read.get(key)!), key).toEqual(Array.from({ length: ROUNDS }, (_, n) => n));
  });

  it('hands the shards of a session that has ended to those who are left', async () => {
    const [first, second] = [await start(driver), await start(driver)];
    const shared = Promise.withResolvers<void>();
    const alone = Promise.withResolvers<void>();
    second.events.on('relay.shards', ({ held }) => {
      if (held > 0 && held < OUTBOX_SHARDS) shared.resolve();
      if (held === OUTBOX_SHARDS) alone.resolve();
    });
    await shared.promise;
    await services.shift()!.stop();
    await alone.promise;
    await second.publish(testEvent, { key: 'a', n: 1 }, { key: 'b', n: 2 });
    await until(second.events, ['outbox.published'], async () => (await waiting(second)) === 0);
    expect(first).not.toBe(second);
  });

  it('goes on after the database has cut its session', async () => {
    const service = await start(driver);
    await service.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE 'instance %' AND datname = current_database()`,
    );
    await service.publish(testEvent, { key: 'a', n: 1 });
    await until(service.events, ['outbox.published'], async () => (await waiting(service)) === 0);
    expect(await readTopic(1)).toEqual(new Map([['a', [1]]]));
  });
});
