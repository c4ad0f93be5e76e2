import { once } from 'node:events';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { startBroker } from '../src/index.ts';
import type { BrokerSettings, RunningBroker } from '../src/index.ts';
import { kafkajsClient, readRecords } from './kafkajs-client.ts';

const RESET_MS_MAX = 5;
const DAY_MS = 24 * 3_600_000;

const SEEDS = {
  prices: {
    partitions: 3,
    configs: { 'cleanup.policy': 'compact' },
    records: [
      { key: 'tea', value: '3', headers: { by: 'ann' } },
      { key: 'rice', value: '5', partition: 2, timestamp: 1_700_000_000_000 },
    ],
  },
};

let broker: RunningBroker;
let kafka: Kafka;
let admin: Admin;

async function start(settings: BrokerSettings = {}): Promise<void> {
  broker = await startBroker({ ...settings, listen: { port: 0 } });
  kafka = kafkajsClient(`${broker.host}:${broker.port}`);
  admin = kafka.admin();
  await admin.connect();
}

afterEach(async () => {
  await admin.disconnect();
  await broker.close();
});

const send = async (topic: string, ...values: string[]): Promise<void> => {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: 'key', value })) });
  await producer.disconnect();
};

/** Offsets that a reader can get, by partition. */
const held = async (topic: string): Promise<string[]> =>
  (await admin.fetchTopicOffsets(topic))
    .toSorted((one, other) => one.partition - other.partition)
    .map(({ low, high }) => `${low}-${high}`);

describe('topics that are given to startBroker', () => {
  beforeEach(() => start({ topics: SEEDS }));

  it('exist with their settings and their records', async () => {
    expect(await held('prices')).toEqual(['0-1', '0-0', '0-1']);
    const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 200 });
    const messages = await messagesOf(consumer, 'prices', 2);
    expect(messages.toSorted((one, other) => one.partition - other.partition)).toEqual([
      { partition: 0, key: 'tea', value: '3', headers: { by: 'ann' }, timestamp: expect.any(String) as string },
      { partition: 2, key: 'rice', value: '5', headers: {}, timestamp: '1700000000000' },
    ]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: 'prices', configNames: ['cleanup.policy'] }],
    });
    expect(resources[0]?.configEntries[0]?.configValue).toBe('compact');
    await consumer.disconnect();
  });

  it('have these records, and no others, after a reset', async () => {
    await send('prices', '7', '8');
    await broker.reset();
    const records = await readRecords(kafka, 'prices', 2, 'reader');
    expect(records.map(({ key, value }) => `${key}=${value}`).toSorted()).toEqual(['rice=5', 'tea=3']);
  });

  it('are created again by a reset when a test has deleted them', async () => {
    await admin.deleteTopics({ topics: ['prices'] });
    await broker.reset();
    expect(await held('prices')).toEqual(['0-1', '0-0', '0-1']);
  });
});

it('a seeded record of a partition that the topic does not have is refused with its name', async () => {
  await start();
  const topics = { orders: { partitions: 2, records: [{ value: 'one', partition: 2 }] } };
  await expect(startBroker({ listen: { port: 0 }, topics })).rejects.toThrow(
    "a record of the seeded topic 'orders' names partition 2",
  );
});

describe('reset', () => {
  beforeEach(() => start());

  it(`takes at most ${RESET_MS_MAX} ms of the processor with records in 30 partitions`, async () => {
    const topics = Array.from({ length: 10 }, (_, n) => ({ topic: `topic-${n}`, numPartitions: 3 }));
    await admin.createTopics({ topics });
    const producer = kafka.producer();
    await producer.connect();
    const took: number[] = [];
    for (let round = 0; round < 20; round++) {
      await producer.sendBatch({
        topicMessages: topics.map(({ topic }) => ({
          topic,
          messages: [0, 1, 2].map((partition) => ({ partition, value: 'x'.repeat(1_000) })),
        })),
      });
      const before = process.threadCpuUsage();
      await broker.reset();
      const { user, system } = process.threadCpuUsage(before);
      took.push((user + system) / 1_000);
    }
    await producer.disconnect();
    expect(await held('topic-9')).toEqual(['20-20', '20-20', '20-20']);
    // Not the time on the clock, which includes whatever else the machine does. The fastest, as the others may include a collection.
    expect(Math.min(...took)).toBeLessThanOrEqual(RESET_MS_MAX);
  });

  it('leaves no record, no offset and no group, and the settings of the topics', async () => {
    await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 2 }] });
    await send('orders', 'one', 'two');
    await commitOffset({ broker: `${broker.host}:${broker.port}` }, 'shop', 'orders', { 0: 1 });
    await broker.reset();
    const { groups } = await admin.listGroups();
    expect(groups).toEqual([]);
    const [offsets] = await admin.fetchOffsets({ groupId: 'shop', topics: ['orders'] });
    expect(offsets?.partitions.map(({ offset }) => offset)).toEqual(['-1', '-1']);
    await send('orders', 'three');
    expect((await readRecords(kafka, 'orders', 1, 'shop')).map(({ value }) => value)).toEqual(['three']);
    expect(await held('orders')).toHaveLength(2);
  });

  it('leaves connected clients at work: a consumer gets what is sent next, once and without a rebalance', async () => {
    await admin.createTopics({ topics: [{ topic: 'orders' }] });
    const consumer = kafka.consumer({ groupId: 'shop', maxWaitTimeInMs: 200 });
    const producer = kafka.producer({ idempotent: true });
    const received: string[] = [];
    const events = new EventTarget();
    let joined = 0;
    consumer.on(consumer.events.GROUP_JOIN, () => void joined++);
    await Promise.all([consumer.connect(), producer.connect()]);
    // Not from the beginning: a record that it skipped would be missed.
    await consumer.subscribe({ topic: 'orders' });
    await consumer.run({
      eachMessage: ({ message }) => {
        received.push(String(message.value));
        events.dispatchEvent(new Event(String(message.value)));
        return Promise.resolve();
      },
    });
    for (let n = 0; n < 5; n++) {
      const arrived = once(events, `${n}`);
      await producer.send({ topic: 'orders', messages: [{ value: `${n}` }] });
      // The group is joined after run() has resolved, and may begin behind the first record.
      if (n === 0) await Promise.race([arrived, joinedGroup(consumer)]);
      else await arrived;
      await broker.reset();
    }
    await Promise.all([consumer.disconnect(), producer.disconnect()]);
    expect(received.filter((value) => value !== '0')).toEqual(['1', '2', '3', '4']);
    expect(joined).toBe(1);
  });

  it('aborts an open transaction, and its producer can begin the next', async () => {
    await admin.createTopics({ topics: [{ topic: 'orders' }] });
    const producer = kafka.producer({ transactionalId: 'shop', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const open = await producer.transaction();
    await open.send({ topic: 'orders', messages: [{ value: 'from before' }] });
    await broker.reset();
    await expect(open.send({ topic: 'orders', messages: [{ value: 'too late' }] })).rejects.toThrow(/invalid state/);
    await open.abort();
    const next = await producer.transaction();
    await next.send({ topic: 'orders', messages: [{ value: 'after' }] });
    await next.commit();
    await producer.disconnect();
    expect((await readRecords(kafka, 'orders', 1, 'reader')).map(({ value }) => value)).toEqual(['after']);
  });

  it('removes faults', async () => {
    broker.faults.on(3, { do: 'drop request' }, 1_000);
    await broker.reset();
    const other = kafkajsClient(`${broker.host}:${broker.port}`).admin();
    await other.connect();
    expect(await other.listTopics()).toEqual([]);
    await other.disconnect();
  });

  it('deletes topics when that is asked for', async () => {
    // One is named like a property that every object has.
    await admin.createTopics({ topics: [{ topic: 'orders' }, { topic: 'constructor' }] });
    await broker.reset({ deleteTopics: true });
    expect(await admin.listTopics()).toEqual([]);
    expect(await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 4 }] })).toBe(true);
  });
});

it.each(['always', 'interval'] as const)(
  'a reset deletes records that are not synced yet, with flush %s',
  async (flush) => {
    await start({ flush });
    await send('orders', 'one');
    await broker.reset();
    expect(await held('orders')).toEqual(['1-1']);
  },
);

describe('advanceTime', () => {
  beforeEach(() => start());

  it('expires records by their topic, and committed offsets', async () => {
    await admin.createTopics({
      topics: [
        { topic: 'week', configEntries: [{ name: 'retention.ms', value: String(7 * DAY_MS) }] },
        { topic: 'month', configEntries: [{ name: 'retention.ms', value: String(30 * DAY_MS) }] },
      ],
    });
    await send('week', 'one');
    await send('month', 'one');
    await commitOffset({ broker: `${broker.host}:${broker.port}` }, 'shop', 'month', { 0: 1 });
    await broker.advanceTime(6 * DAY_MS);
    expect([await held('week'), await held('month')]).toEqual([['0-1'], ['0-1']]);
    expect((await admin.listGroups()).groups).toHaveLength(1);
    await broker.advanceTime(2 * DAY_MS);
    expect([await held('week'), await held('month')]).toEqual([['1-1'], ['0-1']]);
    expect((await admin.listGroups()).groups).toEqual([]);
  });

  it('compacts what its lag has kept', async () => {
    await admin.createTopics({
      topics: [
        {
          topic: 'prices',
          configEntries: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'min.compaction.lag.ms', value: String(DAY_MS) },
            { name: 'max.compaction.lag.ms', value: String(2 * DAY_MS) },
          ],
        },
      ],
    });
    await send('prices', 'old');
    await send('prices', 'newer');
    await broker.advanceTime(3 * DAY_MS);
    // A segment is closed by the next record after its time.
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({
      topic: 'prices',
      messages: [{ key: 'key', value: 'newest', timestamp: String(Date.now() + 3 * DAY_MS) }],
    });
    await producer.disconnect();
    await broker.advanceTime(3 * DAY_MS);
    expect((await readRecords(kafka, 'prices', 2, 'reader')).map(({ value }) => value)).toEqual(['newer', 'newest']);
  });

  it('aborts a transaction whose time-out has passed, and fences its producer', async () => {
    await admin.createTopics({ topics: [{ topic: 'orders' }] });
    const settings = { transactionalId: 'shop', maxInFlightRequests: 1, idempotent: true, transactionTimeout: 60_000 };
    const producer = kafka.producer(settings);
    await producer.connect();
    const open = await producer.transaction();
    await open.send({ topic: 'orders', messages: [{ value: 'late' }] });
    await broker.advanceTime(59_000);
    await open.send({ topic: 'orders', messages: [{ value: 'later' }] });
    await broker.advanceTime(1_000);
    await expect(open.commit()).rejects.toThrow(/epoch|newer producer/);
    await producer.disconnect();
    const [{ high } = { high: '' }] = await admin.fetchTopicOffsets('orders');
    // Two records and the marker of the abort.
    expect(high).toBe('3');
  });

  it('is the time of records that the broker stamps, until a reset', async () => {
    await admin.createTopics({
      topics: [{ topic: 'orders', configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }],
    });
    await broker.advanceTime(DAY_MS);
    const consumer = kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 200 });
    await send('orders', 'tomorrow');
    const [message] = await messagesOf(consumer, 'orders', 1);
    await consumer.disconnect();
    expect(Number(message?.timestamp) - Date.now()).toBeGreaterThan(DAY_MS - 60_000);
    await broker.reset();
    await send('orders', 'today');
    const [today] = await messagesOf(kafka.consumer({ groupId: 'reader', maxWaitTimeInMs: 200 }), 'orders', 1, true);
    expect(Math.abs(Number(today?.timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it('refuses to go back', async () => {
    await expect(broker.advanceTime(-1)).rejects.toThrow('the time cannot be moved by -1 ms');
  });
});

function joinedGroup(consumer: Consumer): Promise<unknown> {
  return new Promise((resolve) => consumer.on(consumer.events.FETCH, resolve));
}

interface Message {
  partition: number;
  key: string;
  value: string;
  headers: Record<string, string>;
  timestamp: string;
}

/** Reads a topic from its start. */
async function messagesOf(consumer: Consumer, topic: string, count: number, disconnects = false): Promise<Message[]> {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const messages: Message[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: ({ partition, message: { key, value, headers = {}, timestamp } }) => {
      const texts = Object.entries(headers).map(([name, content]) => [name, String(content)]);
      messages.push({
        partition,
        key: String(key),
        value: String(value),
        headers: Object.fromEntries(texts) as Record<string, string>,
        timestamp,
      });
      if (messages.length === count) all.resolve();
      return Promise.resolve();
    },
  });
  await all.promise;
  if (disconnects) await consumer.disconnect();
  return messages;
}
