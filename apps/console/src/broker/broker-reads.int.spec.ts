import { randomUUID } from 'node:crypto';
import { memberSignedUp } from '@event-bus/event-catalog';
import { openBroker } from '@event-bus/messaging-client/inspect';
import type { Broker } from '@event-bus/messaging-client/inspect';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { createTopics } from '@event-bus/test-kit/create-topics';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

// On log-broker, or on the Apache Kafka at KAFKA_BOOTSTRAP, which may have topics and groups of others.

const RECORDS = 4;
/** A broker that has just been started looks for its coordinators first. */
const PATIENT = { retries: 20 };
const topic = `reads-${randomUUID()}`;
const aborted = `aborted-${randomUUID()}`;
const group = `reader-${randomUUID()}`;
const given = process.env['KAFKA_BOOTSTRAP'];

let bus: TestBus | undefined;
let broker: Broker;
let consumer: ReturnType<Broker['kafka']['consumer']>;
let page: ConsoleUnderTest;

beforeAll(async () => {
  bus = given === undefined ? await startTestBus() : undefined;
  const address = given ?? bus!.address;
  broker = await openBroker({ brokers: [address] }, { clientId: 'reads', requestTimeoutMs: 30_000 });
  const { kafka } = broker;
  const admin = kafka.admin({ retry: PATIENT });
  await admin.connect();
  const known = await admin.listTopics();
  const catalogTopic = { topic: memberSignedUp.topic.name, numPartitions: memberSignedUp.topic.partitions };
  await createTopics(admin, [
    { topic, numPartitions: 1, configEntries: [{ name: 'retention.ms', value: '86400000' }] },
    { topic: aborted, numPartitions: 1 },
    ...(known.includes(catalogTopic.topic) ? [] : [catalogTopic]),
  ]);
  const producer = kafka.producer({
    transactionalId: topic,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: PATIENT,
  });
  await producer.connect();
  const written = await producer.transaction();
  await written.send({ topic, messages: Array.from({ length: RECORDS }, (_, n) => message(n)) });
  await written.send({ topic: catalogTopic.topic, messages: [{ partition: 0, key: 'a', value: '{}' }] });
  await written.commit();
  const unwritten = await producer.transaction();
  await unwritten.send({ topic: aborted, messages: [message(0)] });
  await unwritten.abort();
  await producer.disconnect();
  for (const one of [topic, aborted, catalogTopic.topic]) {
    await commitOffset({ broker: address }, group, one, { 0: one === topic ? 1 : 0 });
  }
  await admin.disconnect();
  // A member that reads nothing: all that is kept is its lag.
  consumer = kafka.consumer({ groupId: group, retry: PATIENT, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  const { promise: joined, resolve } = Promise.withResolvers<void>();
  consumer.on('consumer.group_join', () => resolve());
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  await joined;
  page = await startConsole({ KAFKA_BROKERS: address, SERVICES: `${group}=http://127.0.0.1:1` });
});
afterAll(async () => {
  await page?.close();
  await consumer?.disconnect();
  await broker?.close();
  await bus?.close();
});

/** What the console answers once the broker does: one that other tests use too may need longer than one read waits. */
async function read(path: string) {
  return until(`${path} is read`, async () => {
    const answer = await page.get(path);
    return answer.status === 503 ? false : answer;
  });
}

it('which broker it is, is found by what it offers', async () => {
  const found = await until('the broker has answered', async () => (await read('/api/map')).body.broker.kind ?? false);
  expect(found).toBe(given === undefined ? 'log-broker' : 'kafka');
});

it('a topic is shown with its settings, its partition and the group that reads it', async () => {
  const { topics } = (await read('/api/topics')).body;
  // The marker of the transaction takes an offset.
  const records = String(RECORDS + 1);
  expect(topics).toContainEqual(expect.objectContaining({ topic, kind: 'other', partitions: 1, records }));
  const { body } = await read(`/api/topics/${topic}`);
  expect(body).toMatchObject({ settings: { 'retention.ms': '86400000' }, groups: [group] });
  expect(body.perPartition).toMatchObject([
    { partition: 0, first: '0', next: records, share: 1, groups: [{ group, committed: '1', lag: RECORDS }] },
  ]);
});

it('a tail has the newest record first, and a filter finds one', async () => {
  const { body } = await read(`/api/topics/${topic}/records`);
  expect(body.records.map(({ offset }: { offset: string }) => offset)).toEqual(['3', '2', '1', '0']);
  expect(body.records[0]).toMatchObject({ topic, partition: 0, key: 'key-3', event: 'read.tested', value: '{"n":3}' });
  expect((await read(`/api/topics/${topic}/records?after=${body.next}`)).body.records).toEqual([]);
  const { body: filtered } = await read(`/api/topics/${topic}/records?filter=key%3Dkey-2`);
  expect(filtered.records).toMatchObject([{ offset: '2' }]);
});

it('a record is shown with its headers and its bytes, and that of a marker is answered with a sentence', async () => {
  const { body } = await read(`/api/topics/${topic}/0/2`);
  expect(body).toMatchObject({ offset: '2', text: '{"n":2}', bytes: 7, previous: '1', next: '3' });
  expect(body.headers).toContainEqual({ name: 'ce_type', value: 'read.tested' });
  const marker = await read(`/api/topics/${topic}/0/${RECORDS}`);
  expect(marker).toMatchObject({ status: 404, body: { detail: expect.stringContaining('transactions') } });
});

it('a group is shown with its member, its lag and its age', async () => {
  const { body } = await read(`/api/groups/${group}`);
  expect(body).toMatchObject({ group, state: 'Stable', members: 1, parked: null, dead: null });
  expect(body.memberList).toMatchObject([{ clientId: 'reads', partitions: [{ topic, partition: 0 }] }]);
  const lagging = body.partitions.find((one: { topic: string }) => one.topic === topic);
  expect(lagging).toMatchObject({ committed: '1', end: String(RECORDS + 1), lag: RECORDS });
  expect(lagging.lagSeconds).toBeGreaterThan(0);
});

it('the age of a lag of which no record can be read is absent, not zero', async () => {
  const { body } = await read(`/api/groups/${group}`);
  const unread = body.partitions.find((one: { topic: string }) => one.topic === aborted);
  expect(unread).toMatchObject({ lag: 2, lagSeconds: null });
});

it('the groups of the services are read first, however many others there are', async () => {
  const { body } = await read('/api/groups');
  expect(body.groups[0].group).toBe(group);
});

it('the map has the lag of the topics of the catalog, and no figure where there is none', async () => {
  const map = await until('the group is on the map', async () => {
    const { body } = await read('/api/map');
    const [shown] = body.groups;
    return shown?.group === group && shown.state !== null && body;
  });
  const [shown] = map.groups;
  expect(shown).toMatchObject({ state: 'Stable', members: 1, parked: null, dead: null });
  expect(shown.lag).toBeGreaterThan(0);
  const known = await broker.admin.listTopics();
  const counted = map.topics.filter(({ records }: { records: string | null }) => records !== null);
  expect(counted.map((one: { topic: string }) => one.topic)).toEqual(
    map.topics.map((one: { topic: string }) => one.topic).filter((name: string) => known.includes(name)),
  );
});

function message(n: number) {
  const id = randomUUID();
  const headers = { ce_id: id, ce_type: 'read.tested', ce_source: 'spec', ce_specversion: '1.0' };
  return { key: `key-${n}`, value: JSON.stringify({ n }), headers };
}
