import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Consumers } from '../consume/consumers.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';
import { loadDriver } from '../kafka/load-driver.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { ConsumerLag } from './consumer-lag.ts';

const HOUR_MS = 3_600_000;
const PARTITIONS = 3;

let broker: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
});
afterAll(async () => broker.close());

function rawKafka(): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
}

async function createTopic(): Promise<string> {
  const topic = `topic-${randomUUID()}`;
  const admin = rawKafka().admin();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  await admin.disconnect();
  return topic;
}

/** Each was written so many milliseconds ago. */
async function write(topic: string, partition: number, ...ago: number[]): Promise<void> {
  const producer = rawKafka().producer();
  await producer.connect();
  const messages = ago.map((ms) => ({ partition, value: 'x', timestamp: String(Date.now() - ms) }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function commit(groupId: string, topic: string, partition: number, offset: number): Promise<void> {
  await commitOffset({ broker: `127.0.0.1:${broker.port}` }, groupId, topic, { [partition]: offset });
}

describe.each(KAFKA_DRIVERS)('the lag, by %s,', (driver) => {
  /** Of a consumer that runs and has received nothing. */
  async function lagOf(topic: string, service: string, port = broker.port): Promise<ConsumerLag> {
    const events = new MessageEvents();
    const kafka = { brokers: [`127.0.0.1:${port}`] };
    const consumers = { topics: [topic], all: [{ group: service, topics: [topic] }] } as unknown as Consumers;
    const lag = new ConsumerLag({ service, kafka, publishes: [] }, await loadDriver(driver), consumers, events);
    lag.start();
    events.emit('consumer.state', { state: 'running', detail: undefined });
    onTestFinished(() => void events.emit('consumer.state', { state: 'stopped', detail: undefined }));
    await lag.sample();
    return lag;
  }

  it('is known of every partition while nothing is in flight, with the age of what waits, also where nothing was ever committed', async () => {
    const topic = await createTopic();
    const group = randomUUID();
    await write(topic, 0, 3 * HOUR_MS, 2 * HOUR_MS, HOUR_MS);
    await write(topic, 1, 5 * HOUR_MS, 4 * HOUR_MS, 3 * HOUR_MS);
    await write(topic, 2, HOUR_MS);
    await commit(group, topic, 1, 1);
    await commit(group, topic, 2, 1);
    const lag = await lagOf(topic, group);
    const [never, behind, done] = lag.last!.toSorted((one, other) => one.partition - other.partition);
    expect(never).toMatchObject({ topic, partition: 0, records: 3 });
    expect(behind).toMatchObject({ topic, partition: 1, records: 2 });
    expect(done).toEqual({ group, topic, partition: 2, records: 0, since: undefined });
    const hoursAgo = (since: number | undefined): number => (Date.now() - since!) / HOUR_MS;
    expect(hoursAgo(never!.since)).toBeGreaterThan(2.7);
    expect(hoursAgo(never!.since)).toBeLessThan(3.3);
    expect(hoursAgo(behind!.since)).toBeGreaterThan(3.6);
    expect(hoursAgo(behind!.since)).toBeLessThan(4.4);
  });

  it('does not count what was deleted before the group read it', async () => {
    const topic = await createTopic();
    await write(topic, 0, HOUR_MS, HOUR_MS, HOUR_MS);
    const admin = rawKafka().admin();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    await admin.disconnect();
    const lag = await lagOf(topic, randomUUID());
    expect(lag.last!.find(({ partition }) => partition === 0)).toMatchObject({ records: 1 });
  });

  it('is missing after a sample that failed, and after the consumer was stopped', async () => {
    const other = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
    const kafka = new Kafka({ brokers: [`127.0.0.1:${other.port}`], logLevel: logLevel.NOTHING });
    const topic = `topic-${randomUUID()}`;
    const admin = kafka.admin();
    await admin.createTopics({ topics: [{ topic }] });
    await admin.disconnect();
    const group = randomUUID();
    const lag = await lagOf(topic, group, other.port);
    expect(lag.last).toEqual([{ group, topic, partition: 0, records: 0, since: undefined }]);
    await other.close();
    await lag.sample();
    expect(lag.last).toBeUndefined();
  });

  it('is missing within a bound when the broker takes connections and answers nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const lag = await lagOf('topic', randomUUID(), (silent.address() as AddressInfo).port);
    expect(lag.last).toBeUndefined();
  });
});
