import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  GroupListener,
  GroupMember,
  KafkaClient,
  KafkaRecord,
  OutgoingRecord,
  RecordPlace,
  RecordProducer,
  SkippedOffsets,
} from './driver.ts';
import { KAFKA_DRIVERS } from './kafka-settings.ts';
import { loadDriver } from './load-driver.ts';
import { RecordsRejected } from './records-rejected.ts';

/** By their numbers in the protocol. */
const PRODUCE = 0;
const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const OFFSET_FETCH = 9;
const HEARTBEAT = 12;
const SYNC_GROUP = 14;
const CREATE_TOPICS = 19;
const UNKNOWN_TOPIC = 3;
const NOT_LEADER = 6;
const MESSAGE_TOO_LARGE = 10;
const COORDINATOR_LOADING = 14;
const NOT_COORDINATOR = 16;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER = 25;
const REBALANCING = 27;
const TOPIC_FORBIDDEN = 29;

/** Of every topic here, by its definition. */
const PARTITIONS = 3;

/** A record older than the topic's retention would be deleted at the broker's next check. */
const NOW = String(Date.now());

let broker: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
});
afterAll(async () => broker.close());

/** What needs this broker, its faults or another client; the rest is kafka-driver-contract.ts. */
describe.each(KAFKA_DRIVERS)('by %s,', (driver) => {
  let kafka: KafkaClient;
  let topic: string;
  let endings: Array<() => Promise<void>>;

  beforeEach(async () => {
    kafka = (await loadDriver(driver))({ brokers: [`127.0.0.1:${broker.port}`] }, 'test');
    topic = `topic-${randomUUID()}`;
    endings = [];
    const admin = kafka.topicAdmin();
    await admin.connect();
    await admin.create([
      { name: topic, partitions: PARTITIONS, replicationFactor: 1, config: { 'retention.ms': '3600000' } },
    ]);
    await admin.close();
  });
  afterEach(async () => {
    broker.faults.clear();
    for (const end of endings) await end();
  });

  const recordOf = (key: string, value = key): OutgoingRecord => ({
    topic,
    key,
    value,
    headers: { said: 'by test' },
    timestamp: NOW,
  });

  async function newProducer(): Promise<RecordProducer> {
    const producer = kafka.recordProducer(() => PARTITIONS);
    endings.push(async () => producer.close());
    await producer.connect();
    return producer;
  }

  interface Joined {
    readonly member: GroupMember;
    leave(): Promise<void>;
    readonly records: KafkaRecord[];
    readonly skipped: SkippedOffsets[];
    readonly beats: number;
    readonly lastPartition: number | undefined;
  }

  async function join(group: string, hasRoom: GroupListener['hasRoom'] = async () => true): Promise<Joined> {
    const records: KafkaRecord[] = [];
    const skipped: SkippedOffsets[] = [];
    let beats = 0;
    let lastPartition: number | undefined;
    const listener: GroupListener = {
      joined: () => undefined,
      rebalancing: () => undefined,
      alive: () => void (beats += 1),
      received: (batch) => {
        lastPartition = batch.partition;
        records.push(...batch.records);
      },
      hasRoom,
      skipped: (offsets) => void skipped.push(offsets),
      failed: () => undefined,
    };
    const member = kafka.groupMember(group, [topic], listener);
    let hasLeft = false;
    const leave = async (): Promise<void> => {
      if (hasLeft) return;
      hasLeft = true;
      await member.leave();
    };
    endings.push(leave);
    await member.join();
    return {
      member,
      leave,
      records,
      skipped,
      get beats() {
        return beats;
      },
      get lastPartition() {
        return lastPartition;
      },
    };
  }

  async function deleteBefore(partition: number, offset: string): Promise<void> {
    const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    // It deletes only of a topic whose offsets it has fetched.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset }] });
    await admin.disconnect();
  }

  async function addPartitions(more: number): Promise<void> {
    const admin = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).admin();
    await admin.createPartitions({ topicPartitions: [{ topic, count: PARTITIONS + more }] });
    await admin.disconnect();
  }

  const textsOf = (records: readonly KafkaRecord[]): string[] => records.map(({ value }) => String(value));

  describe('the offsets of a group and of its topics', () => {
    it('are those that it has committed, and those of the first and the next record', async () => {
      const group = randomUUID();
      const producer = await newProducer();
      const [{ partition }] = (await producer.send([recordOf('a'), recordOf('a'), recordOf('a')])) as [RecordPlace];
      const joined = await join(group);
      await expect.poll(() => joined.records.length).toBe(3);
      await joined.member.commit([{ topic, partition, offset: '2' }]);
      await deleteBefore(partition, '1');
      const admin = kafka.topicAdmin();
      await admin.connect();
      endings.push(async () => admin.close());
      expect(await admin.committed(group, [topic])).toEqual([{ topic, partition, offset: '2' }]);
      expect(await admin.committed(randomUUID(), [topic])).toEqual([]);
      const ranges = await admin.ranges([topic]);
      expect(ranges.toSorted((one, other) => one.partition - other.partition)).toEqual(
        [0, 1, 2].map((each) => ({
          topic,
          partition: each,
          start: '0',
          end: '0',
          ...(each === partition && { start: '1', end: '3' }),
        })),
      );
    });
  });

  it('a new topic is waited for that the broker does not know yet', async () => {
    const admin = kafka.topicAdmin();
    endings.push(async () => admin.close());
    await admin.connect();
    const created = Promise.withResolvers<void>();
    broker.faults.on(CREATE_TOPICS, { do: 'hold', until: created.promise, reached: created.resolve });
    void created.promise.then(() => broker.faults.on(METADATA, { do: 'error', code: UNKNOWN_TOPIC }, 5));
    const name = `new-${randomUUID()}`;
    await admin.create([{ name, partitions: PARTITIONS, replicationFactor: 1, config: {} }]);
    expect((await admin.describe([name])).get(name)).toMatchObject({ partitions: PARTITIONS });
  });

  describe('a producer', () => {
    it('writes a record once when the answer is lost', async () => {
      const producer = await newProducer();
      await producer.send([recordOf('a', 'first')]);
      broker.faults.on(PRODUCE, { do: 'drop answer' });
      await producer.send([recordOf('a', 'second')]);
      await producer.send([recordOf('a', 'third')]);
      const { records } = await join(randomUUID());
      await expect.poll(() => textsOf(records)).toEqual(['first', 'second', 'third']);
    });

    it.each([
      ['a record', MESSAGE_TOO_LARGE, 'record'],
      ['a topic', TOPIC_FORBIDDEN, 'topic'],
    ])('reports that the broker rejects %s', async (_, code, rejected) => {
      broker.faults.on(PRODUCE, { do: 'error', code }, 10);
      const refused = (await newProducer()).send([recordOf('a')]);
      await expect(refused).rejects.toBeInstanceOf(RecordsRejected);
      await expect(refused).rejects.toMatchObject({ rejected });
    });

    it('sends a key to its old partition after partitions were added to its topic', async () => {
      const keys = Array.from({ length: 50 }, (_, n) => recordOf(`key ${n}`));
      const partitionsOf = async (): Promise<number[]> =>
        (await (await newProducer()).send(keys)).map(({ partition }) => partition);
      const before = await partitionsOf();
      expect(new Set(before).size).toBe(PARTITIONS);
      await addPartitions(4);
      expect(await partitionsOf()).toEqual(before);
    });
  });

  describe('a member', () => {
    it.each([
      ['a fetch that is answered with an error', FETCH, { do: 'error', code: NOT_LEADER }],
      ['a fetch that is cut off', FETCH, { do: 'split answer', bytes: 10 }],
      ['a first offset that is answered with an error', LIST_OFFSETS, { do: 'error', code: NOT_LEADER }],
      ['offsets that are still being loaded', OFFSET_FETCH, { do: 'error', code: COORDINATOR_LOADING }],
      ['a group that rebalances meanwhile', SYNC_GROUP, { do: 'error', code: REBALANCING }],
    ] as const)('starts to read after %s', async (_, request, action) => {
      broker.faults.on(request, action);
      await (await newProducer()).send([recordOf('a')]);
      const { records } = await join(randomUUID());
      await expect.poll(() => textsOf(records)).toEqual(['a']);
    });

    it.each([
      ['a heartbeat that is not answered', { do: 'drop answer' }],
      ['a coordinator that has moved', { do: 'error', code: NOT_COORDINATOR }],
      ['a generation that is over', { do: 'error', code: ILLEGAL_GENERATION }],
      ['a group that does not know it any more', { do: 'error', code: UNKNOWN_MEMBER }],
    ] as const)('continues to read and can commit after %s', async (_, action) => {
      const group = randomUUID();
      const producer = await newProducer();
      await producer.send([recordOf('a', 'first')]);
      const joined = await join(group);
      await expect.poll(() => textsOf(joined.records)).toEqual(['first']);
      broker.faults.on(HEARTBEAT, action);
      const beats = joined.beats;
      await expect.poll(() => joined.beats).toBeGreaterThan(beats + 1);
      await producer.send([recordOf('a', 'second')]);
      await expect.poll(() => textsOf(joined.records)).toContain('second');
      await expect
        .poll(async () => tried(joined.member.commit([{ topic, partition: joined.lastPartition!, offset: '2' }])))
        .toBe('done');
      await joined.leave();
      // The next member starts where this one has committed.
      await producer.send([recordOf('a', 'third')]);
      const next = await join(group);
      await expect.poll(() => textsOf(next.records)).toEqual(['third']);
    });

    it('starts at the first record there is, where the offset of the group is out of range', async () => {
      const group = randomUUID();
      await (await newProducer()).send([recordOf('a')]);
      await commitOffset({ broker: `127.0.0.1:${broker.port}` }, group, topic, { 0: 1_000, 1: 1_000, 2: 1_000 });
      const { records, skipped } = await join(group);
      await expect.poll(() => textsOf(records)).toEqual(['a']);
      // The topic was recreated: there was nothing at these offsets.
      expect(skipped).toEqual([]);
    });

    it('reports what was deleted before its group read it, also when nothing is left', async () => {
      const group = randomUUID();
      const producer = await newProducer();
      const [{ partition }] = (await producer.send([recordOf('a', 'first')])) as [RecordPlace];
      const before = await join(group);
      await expect.poll(() => textsOf(before.records)).toEqual(['first']);
      await before.member.commit([{ topic, partition, offset: '1' }]);
      await before.leave();
      await producer.send([recordOf('a', 'second'), recordOf('a', 'third')]);
      await deleteBefore(partition, '3');

      const after = await join(group);
      await expect.poll(() => after.skipped).toEqual([{ topic, partition, from: '1', to: '3' }]);
      await producer.send([recordOf('a', 'fourth')]);
      await expect.poll(() => textsOf(after.records)).toEqual(['fourth']);
      expect(after.skipped).toHaveLength(1);
    });

    it('reports what is deleted while it has no room for it', async () => {
      const producer = await newProducer();
      const [{ partition }] = (await producer.send([recordOf('a', 'first')])) as [RecordPlace];
      const room = Promise.withResolvers<void>();
      let isFull = true;
      void room.promise.then(() => (isFull = false));
      const { records, skipped } = await join(randomUUID(), async (milliseconds) => {
        if (isFull && records.length > 0) await Promise.race([room.promise, delay(milliseconds)]);
        return !isFull || records.length === 0;
      });
      await expect.poll(() => textsOf(records)).toEqual(['first']);
      await producer.send([recordOf('a', 'second'), recordOf('a', 'third')]);
      await deleteBefore(partition, '2');
      room.resolve();
      await expect.poll(() => textsOf(records)).toEqual(['first', 'third']);
      expect(skipped).toEqual([{ topic, partition, from: '1', to: '2' }]);
    });

    it('skips nothing where a new group starts after deleted records, nor where offsets hold no record', async () => {
      const producer = await newProducer();
      const [{ partition }] = (await producer.send([recordOf('a'), recordOf('a')])) as [RecordPlace];
      await deleteBefore(partition, '1');
      const transactions = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).producer({
        transactionalId: randomUUID(),
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await transactions.connect();
      endings.push(async () => transactions.disconnect());
      for (const end of ['abort', 'commit'] as const) {
        const transaction = await transactions.transaction();
        await transaction.send({ topic, messages: [{ partition, value: end }] });
        await transaction[end]();
      }
      const { records, skipped } = await join(randomUUID());
      await expect.poll(() => textsOf(records)).toEqual(['a', 'commit']);
      expect(skipped).toEqual([]);
    });

    it('reads partitions that are added to its topic, soon after', async () => {
      const group = randomUUID();
      const members = [await join(group), await join(group)];
      await addPartitions(4);
      const producer = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      endings.push(async () => producer.disconnect());
      const messages = [3, 4, 5, 6].map((partition) => ({ partition, value: `in ${partition}` }));
      await producer.send({ topic, messages });
      await expect
        .poll(() => members.flatMap(({ records }) => textsOf(records)).sort())
        .toEqual(['in 3', 'in 4', 'in 5', 'in 6']);
    });
  });
});

async function tried(work: Promise<void>): Promise<string> {
  return work.then(
    () => 'done',
    (error: Error) => error.message,
  );
}
