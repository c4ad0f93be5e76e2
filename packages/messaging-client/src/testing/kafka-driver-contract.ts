import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ConnectKafka,
  GroupListener,
  GroupMember,
  KafkaClient,
  KafkaRecord,
  OutgoingRecord,
  PartitionPlace,
  TopicAdmin,
} from '../kafka/driver.ts';
import type { KafkaSettings } from '../kafka/kafka-settings.ts';
import { RecordsRejected } from '../kafka/records-rejected.ts';

/** A sentence about what a driver has to do, and its proof. */
export interface ContractCase {
  readonly name: string;
  /** Rejects when the driver breaks it. */
  run(): Promise<void>;
}

const PARTITIONS = 3;
const RETENTION_MS = 3_600_000;

/** A rebalance takes seconds, and the machine may be busy. */
const SEEN_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 20;

/** By Kafka's own partitioner (murmur2), of three partitions: a key keeps its partition when the driver changes. */
const PARTITION_OF_KEY: ReadonlyArray<readonly [key: string, partition: number]> = [
  ['a', 1],
  ['b', 2],
  ['c', 1],
  ['member-1', 0],
  ['member-2', 1],
  ['주문', 0],
  ['ünïcödé', 1],
  ['0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d', 0],
  ['xxxxxxx', 0],
];

/**
 * What messaging-client relies on in a library that speaks with Kafka: for those who pass `connectKafka` to the module, with
 * any runner.
 *
 *     for (const { name, run } of kafkaDriverContract(connect, { brokers })) test(name, run);
 *
 * Each case makes topics and groups of its own, so a shared broker serves. What a driver does at faults of the network and
 * of the broker is not in it: that needs a broker that can be told to fail.
 */
export function kafkaDriverContract(connect: ConnectKafka, settings: KafkaSettings): readonly ContractCase[] {
  return CASES.map(([name, prove]) => ({
    name,
    run: async () => {
      const proof = new Proof(connect(settings, 'contract'));
      try {
        await proof.createTopic();
        await prove(proof);
      } finally {
        await proof.end();
      }
    },
  }));
}

type Prove = (proof: Proof) => Promise<void>;

const CASES: ReadonlyArray<readonly [name: string, prove: Prove]> = [
  [
    'topics are created as requested, and one that exists already is not an error',
    async ({ topic, admin }) => {
      await admin.create([{ name: topic, partitions: 5, replicationFactor: 1, config: {} }]);
      assert.ok((await admin.list()).includes(topic));
      assert.equal((await admin.describe([topic])).get(topic)?.partitions, PARTITIONS);
      assert.deepEqual(await admin.settings([topic], 'retention.ms'), new Map([[topic, String(RETENTION_MS)]]));
    },
  ],
  [
    'the ranges of a topic that does not exist are an error',
    async ({ topic, admin }) => assert.rejects(admin.ranges([`none-${topic}`])),
  ],
  [
    'the offset at a time is that of the first record that was written then or later',
    async (proof) => {
      const times = [-30_000, -20_000, -10_000].map((ago) => Date.now() + ago) as [number, number, number];
      for (const time of times) await proof.send({ ...proof.recordOf('a'), timestamp: String(time) });
      const offsetAt = async (time: number): Promise<number> =>
        (await proof.admin.offsetsAt(proof.topic, time)).reduce((sum, { offset }) => sum + Number(offset), 0);
      assert.equal(await offsetAt(times[0] - 1), 0);
      assert.equal(await offsetAt(times[1]), 1);
      assert.equal(await offsetAt(times[1] + 1), 2);
      assert.equal(await offsetAt(times[2] + 1), 3);
    },
  ],
  [
    'a producer returns the place of each record, and a member reads them as they were sent',
    async (proof) => {
      const sent = Array.from({ length: 50 }, (_, n) => proof.recordOf(`key ${n % 10}`, `value ${n}`));
      const places = await proof.send(...sent);
      const { records } = await proof.join();
      await seen(() => records.length === sent.length);
      const read = new Map(records.map((record) => [String(record.value), record]));
      for (const [index, { key, value, timestamp }] of sent.entries()) {
        const record = read.get(value);
        assert.deepEqual(
          { key: String(record?.key), offset: record?.offset, timestamp: record?.timestamp },
          { key, offset: places[index]!.offset, timestamp },
        );
        assert.deepEqual([...record!.headers!], [['said', Buffer.from('by contract')]]);
      }
      for (const key of new Set(sent.map((record) => record.key))) {
        const ofKey = records.filter((record) => String(record.key) === key).map(({ value }) => String(value));
        assert.deepEqual(
          ofKey,
          sent.filter((record) => record.key === key).map(({ value }) => value),
          'the order of a key',
        );
      }
    },
  ],
  [
    'a producer spreads keys as Kafka does',
    async (proof) => {
      const places = await proof.send(...PARTITION_OF_KEY.map(([key]) => proof.recordOf(key)));
      assert.deepEqual(
        places.map(({ partition }) => partition),
        PARTITION_OF_KEY.map(([, partition]) => partition),
      );
    },
  ],
  [
    'a producer reports a topic that does not exist as RecordsRejected',
    async (proof) =>
      assert.rejects(proof.send({ ...proof.recordOf('a'), topic: `none-${proof.topic}` }), (error) => {
        assert.ok(error instanceof RecordsRejected);
        assert.equal(error.rejected, 'topic');
        return true;
      }),
  ],
  [
    'a member that comes later reads on from what its group has committed',
    async (proof) => {
      const [place] = await proof.send(...['first', 'second', 'third'].map((value) => proof.recordOf('a', value)));
      const { partition } = place!;
      const first = await proof.join();
      await seen(() => first.records.length === 3);
      await first.member.commit([{ topic: proof.topic, partition, offset: '2' }]);
      await first.leave();
      assert.deepEqual(await proof.admin.committed(proof.group, [proof.topic]), [
        { topic: proof.topic, partition, offset: '2' },
      ]);
      const next = await proof.join();
      await seen(() => next.records.length > 0);
      assert.deepEqual(
        next.records.map(({ value }) => String(value)),
        ['third'],
      );
    },
  ],
  [
    'each partition has one member, and those of one that leaves go to the others',
    async (proof) => {
      const one = await proof.join();
      const other = await proof.join();
      const held = (): number[] =>
        [...one.partitions, ...other.partitions]
          .map(({ partition }) => partition)
          .toSorted((left, right) => left - right);
      await seen(() => one.partitions.length > 0 && other.partitions.length > 0 && held().join() === '0,1,2');
      await one.leave();
      await seen(() => other.partitions.length === PARTITIONS);
    },
  ],
  [
    'a member that has not joined commits nothing',
    async ({ kafka, topic, group }) => {
      const member = kafka.groupMember(group, [topic], SILENT);
      await assert.rejects(member.commit([{ topic, partition: 0, offset: '1' }]));
      await member.leave();
    },
  ],
];

const SILENT: GroupListener = {
  joined: () => undefined,
  rebalancing: () => undefined,
  alive: () => undefined,
  received: () => undefined,
  hasRoom: async () => true,
  skipped: () => undefined,
  failed: () => undefined,
};

interface Joined {
  readonly member: GroupMember;
  readonly records: readonly KafkaRecord[];
  readonly partitions: readonly PartitionPlace[];
  leave(): Promise<void>;
}

/** The topic and the group of one case, and what has to be closed after it. */
class Proof {
  readonly topic = `contract-${randomUUID()}`;
  readonly group = `contract-${randomUUID()}`;
  readonly kafka: KafkaClient;
  readonly admin: TopicAdmin;
  readonly #endings: Array<() => Promise<void>> = [];

  constructor(kafka: KafkaClient) {
    this.kafka = kafka;
    this.admin = kafka.topicAdmin();
  }

  async createTopic(): Promise<void> {
    this.#endings.push(async () => this.admin.close());
    await this.admin.connect();
    const config = { 'retention.ms': String(RETENTION_MS) };
    await this.admin.create([{ name: this.topic, partitions: PARTITIONS, replicationFactor: 1, config }]);
  }

  recordOf(key: string, value = key): OutgoingRecord {
    return { topic: this.topic, key, value, headers: { said: 'by contract' }, timestamp: String(Date.now()) };
  }

  async send(...records: readonly OutgoingRecord[]): Promise<ReadonlyArray<{ partition: number; offset: string }>> {
    const producer = this.kafka.recordProducer(() => PARTITIONS);
    this.#endings.push(async () => producer.close());
    await producer.connect();
    return producer.send(records);
  }

  async join(): Promise<Joined> {
    const records: KafkaRecord[] = [];
    let partitions: readonly PartitionPlace[] = [];
    const member = this.kafka.groupMember(this.group, [this.topic], {
      ...SILENT,
      joined: (_, assigned) => (partitions = assigned),
      received: (batch) => void records.push(...batch.records),
    });
    let hasLeft = false;
    const leave = async (): Promise<void> => {
      if (hasLeft) return;
      hasLeft = true;
      partitions = [];
      await member.leave();
    };
    this.#endings.push(leave);
    await member.join();
    return {
      member,
      records,
      leave,
      get partitions() {
        return partitions;
      },
    };
  }

  async end(): Promise<void> {
    for (const end of this.#endings.toReversed()) await end();
  }
}

async function seen(condition: () => boolean): Promise<void> {
  const until = performance.now() + SEEN_WITHIN_MS;
  while (!condition()) {
    assert.ok(performance.now() < until, `not so within ${SEEN_WITHIN_MS} ms: ${condition.toString()}`);
    await delay(LOOK_AGAIN_MS);
  }
}
