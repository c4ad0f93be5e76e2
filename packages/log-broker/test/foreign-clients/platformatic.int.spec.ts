import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import type { MessagesStream } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/index.ts';
import type { RunningBroker } from '../../src/index.ts';
import { temporaryFolder } from '../broker-process.ts';

const TOPIC = 2;
const READ_COMMITTED = 1;

/** A rebalance takes several heartbeats. */
const SOON = { timeout: 20_000 };

type Stream = MessagesStream<string, string, string, string>;

function inOrder(partitions: readonly number[]): number[] {
  return partitions.toSorted((a, b) => a - b);
}

function partitionsOf({ assignments }: { assignments: { partitions: number[] }[] | null }): number[] {
  return inOrder((assignments ?? []).flatMap(({ partitions }) => partitions));
}

describe('@platformatic/kafka on log-broker', () => {
  const folder = temporaryFolder();
  let broker: RunningBroker;
  let admin: Admin;
  let base: { clientId: string; bootstrapBrokers: string[] };

  beforeAll(async () => {
    broker = await startBroker({ data: folder.path, listen: { port: 0 } });
    base = { clientId: 'foreign', bootstrapBrokers: [`${broker.host}:${broker.port}`] };
    admin = new Admin(base);
  });

  afterAll(async () => {
    await admin.close();
    await broker.close();
    folder.remove();
  });

  const newProducer = (options = {}) => new Producer({ ...base, serializers: stringSerializers, ...options });
  const newConsumer = (groupId: string, options = {}) =>
    new Consumer({ ...base, groupId, deserializers: stringDeserializers, maxWaitTime: 100, ...options });

  async function take(stream: Stream, count: number): Promise<{ key: string; value: string; partition: number }[]> {
    const taken: { key: string; value: string; partition: number }[] = [];
    for await (const { key, value, partition } of stream) {
      taken.push({ key, value, partition });
      if (taken.length === count) break;
    }
    return taken;
  }

  const send = async (topic: string, count: number, options = {}) => {
    const producer = newProducer(options);
    const messages = Array.from({ length: count }, (_, i) => ({ topic, key: `k${i % 4}`, value: `v${i}` }));
    await producer.send({ messages });
    await producer.close();
  };

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'produces and consumes, compression %s',
    async (compression) => {
      const topic = `records-${compression}`;
      await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
      await send(topic, 40, { compression, idempotent: true });
      const consumer = newConsumer(`readers-${compression}`);
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
      const taken = await take(stream, 40);
      for (const key of ['k0', 'k1', 'k2', 'k3']) {
        const numbers = taken.filter((each) => each.key === key).map(({ value }) => Number(value.slice(1)));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
      expect(new Set(taken.map(({ value }) => value)).size).toBe(40);
      await consumer.close(true);
    },
  );

  it('continues in a group where it has committed, and rebalances', async () => {
    const topic = 'grouped';
    await admin.createTopics({ topics: [topic], partitions: 4, replicas: 1 });
    await send(topic, 20);
    const options = { autocommit: true, heartbeatInterval: 100 };
    const join = async () => {
      const consumer = newConsumer('group', options);
      const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' });
      const taken: string[] = [];
      stream.on('data', ({ value }) => void taken.push(value));
      return { taken, close: () => consumer.close(true), partitions: () => partitionsOf(consumer) };
    };
    const one = await join();
    expect(one.partitions()).toEqual([0, 1, 2, 3]);
    await expect.poll(() => one.taken.length, SOON).toBe(20);
    const two = await join();
    await expect.poll(() => [one.partitions().length, two.partitions().length], SOON).toEqual([2, 2]);
    expect(inOrder([...one.partitions(), ...two.partitions()])).toEqual([0, 1, 2, 3]);
    await two.close();
    await expect.poll(one.partitions, SOON).toEqual([0, 1, 2, 3]);
    expect(two.taken).toEqual([]);
    await one.close();

    const [offsets] = await admin.listConsumerGroupOffsets({ groups: ['group'] });
    const committed = offsets?.topics.flatMap(({ partitions }) => partitions.map((each) => each.committedOffset));
    expect(committed?.every((offset) => offset > 0n)).toBe(true);
  });

  it('commits and aborts transactions, with consumed offsets', async () => {
    await admin.createTopics({ topics: ['in', 'out'], partitions: 1, replicas: 1 });
    await send('in', 1);
    const producer = newProducer({ idempotent: true, transactionalId: 'mover', acks: -1 });
    const aborted = await producer.beginTransaction();
    await aborted.send({ messages: [{ topic: 'out', key: 'k', value: 'aborted' }] });
    await aborted.abort();

    const consumer = newConsumer('movers', { autocommit: false });
    const stream = await consumer.consume({ topics: ['in'], mode: 'earliest' });
    const transaction = await producer.beginTransaction();
    await transaction.addConsumer(consumer);
    for await (const message of stream) {
      await transaction.send({ messages: [{ topic: 'out', key: 'k', value: `moved ${message.value}` }] });
      await transaction.addOffset(message);
      break;
    }
    await transaction.commit();
    await producer.close();
    await consumer.close(true);

    const reader = newConsumer('committed-only', { isolationLevel: READ_COMMITTED });
    const read = await take(await reader.consume({ topics: ['out'], mode: 'earliest' }), 1);
    expect(read).toEqual([{ key: 'k', value: 'moved v0', partition: 0 }]);
    await reader.close(true);
    const [offsets] = await admin.listConsumerGroupOffsets({ groups: ['movers'] });
    expect(offsets?.topics[0]?.partitions[0]?.committedOffset).toBe(1n);
  });

  it('administers topics, settings, groups, offsets and records', async () => {
    await admin.createTopics({ topics: ['kept'], partitions: 1, replicas: 1 });
    expect(await admin.listTopics()).toContain('kept');
    await admin.createPartitions({ topics: [{ name: 'kept', count: 3, assignments: null }] });
    await send('kept', 10);
    const described = await admin.describeConfigs({
      resources: [{ resourceType: TOPIC, resourceName: 'kept' }],
    } as never);
    expect(described[0]?.configs.map(({ name }) => name)).toContain('retention.ms');
    const [latest] = await admin.listOffsets({
      topics: [{ name: 'kept', partitions: [0, 1, 2].map((partitionIndex) => ({ partitionIndex, timestamp: -1n })) }],
    });
    const total = latest?.partitions.reduce((sum, { offset }) => sum + Number(offset), 0);
    expect(total).toBe(10);
    const groups = await admin.listGroups();
    expect([...groups.keys()]).toContain('group');
    await admin.deleteGroups({ groups: ['group'] });
    expect([...(await admin.listGroups()).keys()]).not.toContain('group');
    await admin.deleteTopics({ topics: ['kept'] });
    expect(await admin.listTopics()).not.toContain('kept');
  });
});
