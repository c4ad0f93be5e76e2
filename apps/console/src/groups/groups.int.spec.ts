import { memberSignedUp } from '@event-bus/event-catalog';
import { openBroker } from '@event-bus/messaging-client/inspect';
import type { Broker } from '@event-bus/messaging-client/inspect';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GROUPS_WATCHED_MAX } from '../limits.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

const RECORDS = 3;

let bus: TestBus;
let broker: Broker;
let page: ConsoleUnderTest;
let consumer: ReturnType<Broker['kafka']['consumer']>;

beforeAll(async () => {
  bus = await startTestBus();
  broker = await openBroker({ brokers: [bus.address] }, { clientId: 'reader', requestTimeoutMs: 10_000 });
  for (let n = 0; n < RECORDS; n += 1) await bus.publish(memberSignedUp, memberSignedUp.example);
  await commitOffset({ broker: bus.address }, 'left-behind', 'member', { 0: 0 });
  // A member that reads nothing: all that is kept is its lag.
  consumer = broker.kafka.consumer({ groupId: 'reading', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: ['member'], fromBeginning: true });
  const { promise: joined, resolve } = Promise.withResolvers<void>();
  consumer.on('consumer.group_join', () => resolve());
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  await joined;
  page = await startConsole({ KAFKA_BROKERS: bus.address });
});
afterAll(async () => {
  await page?.close();
  await consumer?.disconnect();
  await broker?.close();
  await bus?.close();
});

it('groups with members are listed with their lag, and those without an admin endpoint have no counts', async () => {
  const { status, body } = await page.get('/api/groups');
  expect(status).toBe(200);
  const reading = { group: 'reading', state: 'Stable', members: 1, lag: RECORDS, topics: ['member'] };
  expect(body).toMatchObject({ groups: [{ ...reading, parked: null, dead: null }], left: 0 });
  expect(body.groups[0].lagSeconds).toBeGreaterThanOrEqual(0);
});

it('a group is shown with its members and who holds which partition', async () => {
  const { body } = await page.get('/api/groups/reading');
  const [member] = body.memberList;
  expect(member).toMatchObject({
    clientId: 'reader',
    partitions: [0, 1, 2, 3, 4, 5].map((partition) => ({ topic: 'member', partition })),
  });
  expect(body.partitions).toHaveLength(6);
  for (const partition of body.partitions) {
    expect(partition).toMatchObject({ memberId: member.memberId, committed: null });
  }
  expect(body.partitions.reduce((sum: number, { lag }: { lag: number }) => sum + lag, 0)).toBe(RECORDS);
});

it('a group that does not exist is answered with those that do', async () => {
  const { status, body } = await page.get('/api/groups/nothing');
  expect(status).toBe(404);
  expect(body).toMatchObject({ detail: 'There is no group nothing.', next: 'There are: left-behind, reading.' });
});

it('a broker that does not answer is reported with its address and its setting', async () => {
  const lonely = await startConsole({ KAFKA_BROKERS: '127.0.0.1:1' });
  try {
    const { status, body } = await lonely.get('/api/groups');
    expect(status).toBe(503);
    expect(body).toMatchObject({
      detail: expect.stringContaining('127.0.0.1:1'),
      next: expect.stringContaining('KAFKA_BROKERS'),
    });
  } finally {
    await lonely.close();
  }
});

it('groups beyond those that are read are counted', async () => {
  const many = Array.from({ length: GROUPS_WATCHED_MAX }, (_, n) => `one-of-many-${n}`);
  await Promise.all(many.map(async (group) => commitOffset({ broker: bus.address }, group, 'member', { 0: 0 })));
  expect((await page.get('/api/groups')).body.left).toBe(2);
});
