import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Admin, Kafka } from 'kafkajs';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { DeleteRecords } from '../src/wire/generated/delete-records.ts';
import { ListOffsets } from '../src/wire/generated/list-offsets.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { InitProducerId } from '../src/wire/generated/init-producer-id.ts';
import { JoinGroup } from '../src/wire/generated/join-group.ts';
import { encodeBatch } from '../src/wire/record-batch.ts';
import { temporaryFolder } from './broker-process.ts';
import { kafkajsClient, readRecords } from './kafkajs-client.ts';
import { WireClient } from './wire-client.ts';

// The same assertions on log-broker (started here) and on any other broker: KAFKA_BOOTSTRAP=host:port, for example an
// Apache Kafka. Names are made unique, so that a broker may be used again and again.

const bootstrap = process.env.KAFKA_BOOTSTRAP;
const unique = (name: string) => `${name}-${process.pid}-${Date.now().toString(36)}`;

describe(`conformance of ${bootstrap ?? 'log-broker'}`, () => {
  const folder = temporaryFolder();
  let own: RunningBroker | undefined;
  let address = bootstrap ?? '';
  let kafka: Kafka;
  let admin: Admin;
  let wire: WireClient;

  beforeAll(async () => {
    if (!bootstrap) {
      own = await startBroker({ data: folder.path, listen: { port: 0 } });
      address = `${own.host}:${own.port}`;
    }
    kafka = kafkajsClient(address);
    admin = kafka.admin();
    await admin.connect();
    wire = await WireClient.connect(address);
  });

  afterAll(async () => {
    wire.close();
    await admin.disconnect();
    await own?.close();
    folder.remove();
  });

  async function newTopic(name: string, numPartitions = 1, configs: { name: string; value: string }[] = []) {
    const topic = unique(name);
    await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1, configEntries: configs }] });
    return topic;
  }

  /** Produces one batch as it is, and returns the partition's answer. */
  async function produce(topic: string, records: Buffer, transactionalId: string | null = null) {
    const topicData = [{ name: topic, topicId: '', partitionData: [{ index: 0, records }] }];
    const answer = await wire.ask(Produce, 7, { transactionalId, acks: -1, timeoutMs: 5_000, topicData });
    return answer.responses[0]?.partitionResponses[0];
  }

  async function offsetAt(topic: string, timestamp: number): Promise<number | undefined> {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
    const answer = await wire.ask(ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions }],
    });
    return answer.topics[0]?.partitions[0]?.offset;
  }

  const batch = (values: readonly string[], timestamp = 1_000_000, producer = {}) =>
    encodeBatch({ records: values.map((value) => ({ key: null, value: Buffer.from(value) })), timestamp, ...producer });

  it('keeps the order of each key and gives every record to a group once', async () => {
    const topic = await newTopic('order', 3);
    const producer = kafka.producer();
    await producer.connect();
    for (let i = 0; i < 20; i++) {
      await producer.send({ topic, messages: [0, 1, 2, 3, 4].map((k) => ({ key: `k${k}`, value: `${i}` })) });
    }
    await producer.disconnect();
    const records = await readRecords(kafka, topic, 100, unique('group'));
    for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
      const values = records.filter((record) => record.key === key).map(({ value }) => Number(value));
      expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }
  });

  it('goes on where a group has committed', async () => {
    const topic = await newTopic('commit');
    const groupId = unique('group');
    await produce(topic, batch(['a', 'b']));
    expect((await readRecords(kafka, topic, 2, groupId)).map(({ value }) => value)).toEqual(['a', 'b']);
    await produce(topic, batch(['c']));
    expect((await readRecords(kafka, topic, 1, groupId)).map(({ value }) => value)).toEqual(['c']);
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(offsets?.partitions[0]?.offset).toBe('3');
  });

  it('shows committed records only to readers of committed records, with their offsets', async () => {
    const topic = await newTopic('transactions');
    const groupId = unique('group');
    const producer = kafka.producer({ idempotent: true, transactionalId: unique('txn'), maxInFlightRequests: 1 });
    await producer.connect();
    const aborted = await producer.transaction();
    await aborted.send({ topic, messages: [{ value: 'aborted' }] });
    await aborted.abort();
    const committed = await producer.transaction();
    await committed.send({ topic, messages: [{ value: 'committed' }] });
    const topics = [{ topic, partitions: [{ partition: 0, offset: '7' }] }];
    await committed.sendOffsets({ consumerGroupId: groupId, topics });
    await committed.commit();
    await producer.disconnect();
    const records = await readRecords(kafka, topic, 1, unique('reader'));
    expect(records.map(({ value, offset }) => ({ value, offset }))).toEqual([{ value: 'committed', offset: 2 }]);
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(offsets?.partitions[0]?.offset).toBe('7');
  });

  it('recognises a resent batch, refuses a gap, and fences an older epoch', async () => {
    const topic = await newTopic('idempotent');
    const { producerId } = await wire.ask(InitProducerId, 1, { transactionalId: null, transactionTimeoutMs: 0 });
    const of = (producerEpoch: number, baseSequence: number) =>
      batch(['x', 'y'], 1_000_000, { producerId, producerEpoch, baseSequence });
    expect(await produce(topic, of(1, 0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(topic, of(1, 2))).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await produce(topic, of(1, 0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(topic, of(1, 9))).toMatchObject({ errorCode: 45 });
    expect(await produce(topic, of(0, 4))).toMatchObject({ errorCode: 47 });
    expect(await produce(topic, of(2, 5))).toMatchObject({ errorCode: 45 });
    expect(await offsetAt(topic, -1)).toBe(4);
  });

  it('refuses a batch with a wrong checksum, one that is too large, and a topic that is not there', async () => {
    const topic = await newTopic('refused', 1, [{ name: 'max.message.bytes', value: '1000' }]);
    const damaged = batch(['value']);
    damaged[damaged.length - 2] = 0xff;
    expect(await produce(topic, damaged)).toMatchObject({ errorCode: 2 });
    expect(await produce(topic, batch(['x'.repeat(2_000)]))).toMatchObject({ errorCode: 10 });
    expect(await produce(unique('absent'), batch(['x']))).toMatchObject({ errorCode: 3 });
    expect(await offsetAt(topic, -1)).toBe(0);
  });

  it('finds offsets by time: earliest, latest, first at or after, the newest, and none', async () => {
    const topic = await newTopic('times', 1, [{ name: 'retention.ms', value: '-1' }]);
    for (const time of [1_000, 2_000, 3_000]) await produce(topic, batch(['v'], time));
    expect(await offsetAt(topic, -2)).toBe(0);
    expect(await offsetAt(topic, -1)).toBe(3);
    expect(await offsetAt(topic, -3)).toBe(2);
    expect(await offsetAt(topic, 1_500)).toBe(1);
    expect(await offsetAt(topic, 2_000)).toBe(1);
    expect(await offsetAt(topic, 3_001)).toBe(-1);
  });

  it('deletes records up to an offset and topics with their name free again', async () => {
    const topic = await newTopic('deleted');
    await produce(topic, batch(['a', 'b', 'c']));
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, offset: 2 }] }];
    const answer = await wire.ask(DeleteRecords, 1, { topics, timeoutMs: 5_000 });
    expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await offsetAt(topic, -2)).toBe(2);
    await admin.deleteTopics({ topics: [topic] });
    expect(await admin.listTopics()).not.toContain(topic);
  });

  it('describes and alters settings', async () => {
    const topic = await newTopic('settings', 1, [{ name: 'retention.ms', value: '1234567' }]);
    const described = await admin.describeConfigs({ resources: [{ type: 2, name: topic }], includeSynonyms: false });
    const entries = described.resources[0]?.configEntries ?? [];
    expect(entries.find(({ configName }) => configName === 'retention.ms')).toMatchObject({ configValue: '1234567' });
    expect(entries.length).toBeGreaterThan(25);
    await expect(newTopic('bad', 1, [{ name: 'no.such.setting', value: '1' }])).rejects.toThrow(/./);
  });

  it('lists, describes and deletes groups, but not one with members', async () => {
    const groupId = unique('group');
    const topic = await newTopic('grouped');
    const consumer = kafka.consumer({ groupId });
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await joined;
    const { groups } = await admin.describeGroups([groupId]);
    expect(groups[0]).toMatchObject({ state: 'Stable', protocolType: 'consumer' });
    expect(groups[0]?.members).toHaveLength(1);
    await expect(admin.deleteGroups([groupId])).rejects.toThrow(/./);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
    expect((await admin.listGroups()).groups.map((group) => group.groupId)).not.toContain(groupId);
  });

  it('asks a new member to come back with the id it is given, and refuses an id it never gave', async () => {
    const request = {
      groupId: unique('group'),
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    };
    const first = await wire.ask(JoinGroup, 5, { ...request, memberId: '', groupInstanceId: null });
    expect(first.errorCode).toBe(79);
    expect(first.memberId).not.toBe('');
    const unknown = await wire.ask(JoinGroup, 5, { ...request, memberId: 'nobody', groupInstanceId: null });
    expect(unknown.errorCode).toBe(25);
  });
});
