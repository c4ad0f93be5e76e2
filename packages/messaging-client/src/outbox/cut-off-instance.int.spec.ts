import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from '@event-bus/log-broker';
import type { RunningBroker } from '@event-bus/log-broker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { FlakyProxy } from '@event-bus/test-kit/flaky-proxy';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';
import type { KafkaDriver } from '../kafka/kafka-settings.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

/** By their numbers in the protocol. */
const PRODUCE = 0;
const NOT_ENOUGH_REPLICAS = 19;

const HALF = OUTBOX_SHARDS / 2;
/** A frozen broker is given up after twelve seconds; then a busy machine's share. */
const TEST_MS = 90_000;

let testEvent: EventDefinition<TestPayload>;
let database: TestDatabase;
let data: string;
let broker: RunningBroker;
let wire: FlakyProxy;
const services: TestService[] = [];

/** One address of the broker is behind a wire that can be cut, and clients that connect by it are sent back to it. */
beforeEach(async () => {
  testEvent = newTestEvent();
  data = await mkdtemp(join(tmpdir(), 'log-broker-'));
  wire = await FlakyProxy.before(() => new URL(`tcp://127.0.0.1:${broker.addresses[1]!.port}`));
  const advertise = { host: '127.0.0.1', port: wire.port };
  [database, broker] = await Promise.all([
    createTestDatabase(),
    startBroker({ listen: [{ port: 0 }, { port: 0, advertise }], data }),
  ]);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(async ({ stop }) => stop()));
  await wire.cut();
  await broker.close();
  await rm(data, { recursive: true, force: true });
  await database.drop();
});

async function start(driver: KafkaDriver, port: number): Promise<TestService> {
  const service = await startTestService({
    databaseUrl: database.url,
    broker: `127.0.0.1:${port}`,
    publishes: [testEvent],
    driver,
  });
  services.push(service);
  return service;
}

/** Resolves when the instance holds so many shards; to be called before what makes it so. */
function holds({ events, relay }: TestService, shards: number): Promise<void> {
  return until(events, ['relay.shards'], () => relay.health().detail.includes(`relays ${shards} of`));
}

/** By each of two instances, with keys of every shard. */
async function sayMany(service: TestService, round: number): Promise<void> {
  await service.publish(testEvent, ...Array.from({ length: 60 }, (_, n) => ({ key: String(n), n: round })));
}

async function nothingWaits({ dataSource }: TestService): Promise<void> {
  const waiting = async (): Promise<number> => {
    const [row] = await dataSource.query('SELECT count(*)::int AS rows FROM outbox WHERE published_at IS NULL');
    return row.rows;
  };
  await expect.poll(waiting, { timeout: TEST_MS }).toBe(0);
}

describe.each(KAFKA_DRIVERS)('an instance that cannot reach the broker, by %s', (driver) => {
  it(
    'takes no shard before it has reached it once, reports that, and shares the work as soon as it has',
    async () => {
      const cutOff = await start(driver, wire.port);
      expect(cutOff.relay.health()).toEqual({
        ready: true,
        detail: expect.stringMatching(/^never reached since the start at .*; relays 0 of 16 shards$/),
        warnings: [expect.stringMatching(/^the broker: never reached .*; events wait in the outbox$/)],
      });
      expect(cutOff.relay.connection()).toMatchObject({ state: 'never-reached', since: expect.any(Date) });
      const other = await start(driver, broker.port);
      await holds(other, OUTBOX_SHARDS);
      await sayMany(cutOff, 1);
      await nothingWaits(cutOff);

      const shared = Promise.all([holds(cutOff, HALF), holds(other, HALF)]);
      await wire.restore();
      await shared;
      expect(cutOff.relay.health()).toEqual({ ready: true, detail: 'reached; relays 8 of 16 shards' });
    },
    TEST_MS,
  );

  it.each([
    ['refuses its connections', async () => wire.cut()],
    ['takes its bytes and does not answer', async () => wire.stall()],
  ])(
    'because it %s, gives its shards to the other instance, and gets its share again when that is over',
    async (_, breakWire) => {
      await wire.restore();
      const cutOff = await start(driver, wire.port);
      const other = await start(driver, broker.port);
      await Promise.all([holds(cutOff, HALF), holds(other, HALF)]);
      await sayMany(cutOff, 1);
      await nothingWaits(cutOff);

      const gaveUp = new Promise((resolve) => cutOff.events.once('relay.gave-up', resolve));
      await breakWire();
      await sayMany(cutOff, 2);
      await gaveUp;
      await holds(other, OUTBOX_SHARDS);
      await nothingWaits(cutOff);
      expect(cutOff.relay.health()).toEqual({
        ready: true,
        detail: expect.stringMatching(/^unavailable since .*; relays 0 of 16 shards$/),
        warnings: [expect.stringMatching(/^the broker: unavailable since/)],
      });

      const shared = Promise.all([holds(cutOff, HALF), holds(other, HALF)]);
      await wire.restore();
      await shared;
      await sayMany(cutOff, 3);
      await nothingWaits(cutOff);
    },
    TEST_MS,
  );

  it(
    'and has nothing to send says so all the same, since when and why, and that it is over',
    async () => {
      await wire.restore();
      const service = await start(driver, wire.port);
      const { events, relay } = service;
      await holds(service, OUTBOX_SHARDS);
      expect(relay.connection()).toEqual({ state: 'connected', since: null, error: null });

      const cutAt = new Date();
      const unavailable = once(events, 'broker.unavailable');
      await wire.cut();
      await unavailable;
      const { since, ...connection } = relay.connection();
      expect(connection).toEqual({ state: 'unavailable', error: expect.stringMatching(/\S/) });
      expect(since!.getTime()).toBeGreaterThanOrEqual(cutAt.getTime());
      expect(relay.health()).toMatchObject({ ready: true, warnings: [expect.stringContaining('unavailable since')] });

      const reached = once(events, 'broker.reached');
      await wire.restore();
      await reached;
      expect(relay.connection()).toEqual({ state: 'connected', since: null, error: null });
    },
    TEST_MS,
  );

  it(
    'whose records the broker does not take although it answers everything else, gives its shards up as well',
    async () => {
      await wire.restore();
      const service = await start(driver, wire.port);
      await holds(service, OUTBOX_SHARDS);
      const gaveUp = new Promise((resolve) => service.events.once('relay.gave-up', resolve));
      broker.faults.on(PRODUCE, { do: 'error', code: NOT_ENOUGH_REPLICAS }, 10_000);
      await sayMany(service, 1);
      await gaveUp;
      expect(service.relay.health().warnings).toEqual([expect.stringMatching(/^the broker: unavailable since/)]);

      broker.faults.clear();
      await nothingWaits(service);
      expect(service.relay.health()).toEqual({ ready: true, detail: 'reached; relays 16 of 16 shards' });
    },
    TEST_MS,
  );

  // What the instances do then is the same with each driver.
  it.skipIf(driver !== 'kafkajs')(
    'when all are cut off: no instance holds a shard, and the first that reaches it publishes all rows',
    async () => {
      await wire.restore();
      const [first, second] = [await start(driver, wire.port), await start(driver, wire.port)];
      await Promise.all([holds(first, HALF), holds(second, HALF)]);
      const released = Promise.all([holds(first, 0), holds(second, 0)]);
      await wire.cut();
      await sayMany(first, 1);
      await released;
      await wire.restore();
      await nothingWaits(first);
    },
    TEST_MS,
  );
});
