import { Kafka, logLevel } from 'kafkajs';
import type { Admin, KafkaMessage } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { startTestBroker } from '../../test/start-broker.ts';
import type { TestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload, TestService } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';

/** Twice what the test's topic keeps. */
const TWO_HOURS_MS = 2 * 3_600_000;

let testEvent: EventDefinition<TestPayload>;
let database: TestDatabase;
let broker: TestBroker;
let service: TestService;
let kafka: Kafka;
let admin: Admin;

beforeEach(async () => {
  testEvent = newTestEvent();
  [database, broker] = await Promise.all([createTestDatabase(), startTestBroker({ retentionCheckIntervalMs: 100 })]);
  kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
});
afterEach(async () => {
  await admin.disconnect();
  await service.stop();
  await broker.close();
  await database.drop();
});

/** As the database's clock had it when they were appended. */
async function publishAppended(msAgo: number, ...payloads: TestPayload[]): Promise<void> {
  let published = 0;
  service.events.on('outbox.published', ({ rows }) => (published += rows));
  await service.dataSource.transaction(async (manager) => {
    for (const payload of payloads) await service.outbox.append(manager, testEvent, payload);
    await manager.query(
      `UPDATE outbox SET created_at = clock_timestamp() - $1::double precision * interval '1 millisecond'`,
      [msAgo],
    );
  });
  await until(service.events, ['outbox.published'], () => published === payloads.length);
}

async function recordsOf(topic: string): Promise<{ first: number; next: number }> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return {
    first: offsets.reduce((sum, { low }) => sum + Number(low), 0),
    next: offsets.reduce((sum, { high }) => sum + Number(high), 0),
  };
}

/** Resolves when the broker has deleted a record that is past its retention: all older looks at the other topics are over. */
async function retentionIsChecked(topic: string): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'old', timestamp: String(Date.now() - TWO_HOURS_MS) }] });
  await producer.disconnect();
  await expect.poll(async () => recordsOf(topic), { timeout: 20_000 }).toEqual({ first: 1, next: 1 });
}

async function readOne(): Promise<KafkaMessage> {
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 100 });
  const { promise, resolve } = Promise.withResolvers<KafkaMessage>();
  await consumer.connect();
  await consumer.subscribe({ topic: testEvent.topic.name, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => resolve(message) });
  const message = await promise;
  await consumer.disconnect();
  return message;
}

describe.each(KAFKA_DRIVERS)('rows that waited, by %s', (driver) => {
  beforeEach(async () => {
    service = await startTestService({
      databaseUrl: database.url,
      broker: broker.address,
      publishes: [testEvent],
      driver,
    });
  });

  // Apache Kafka looks every five minutes.
  it.skipIf(process.env['KAFKA_BOOTSTRAP'] !== undefined)(
    'for longer than their topic keeps records are still there after the broker has looked for old ones',
    async () => {
      const rows = Array.from({ length: 40 }, (_, n) => ({ key: String(n), n }));
      await publishAppended(TWO_HOURS_MS, ...rows);
      // The second look begins after the first one, which may have passed our topic before its rows came.
      for (const topic of ['canary-1', 'canary-2']) {
        const config = [{ name: 'retention.ms', value: String(TWO_HOURS_MS / 2) }];
        await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: config }] });
        await retentionIsChecked(topic);
      }
      expect(await recordsOf(testEvent.topic.name)).toEqual({ first: 0, next: rows.length });
    },
  );

  it.each([
    ['behind', TWO_HOURS_MS],
    ['ahead', -24 * TWO_HOURS_MS],
  ])(
    'in a database whose clock is %s get the time of their publishing, and keep that of their event',
    async (_, ms) => {
      const before = Date.now();
      await publishAppended(ms, { key: 'a', n: 1 });
      const after = Date.now();
      const { timestamp, headers } = await readOne();
      expect(Number(timestamp)).toBeGreaterThanOrEqual(before);
      expect(Number(timestamp)).toBeLessThanOrEqual(after);
      const [row] = await service.dataSource.query('SELECT created_at FROM outbox');
      expect(headers!['ce_time']!.toString()).toBe(row.created_at.toISOString());
    },
  );
});
