import { memberSignedUp } from '@event-bus/event-catalog';
import { openBroker } from '@event-bus/messaging-client/inspect';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

const RECORDS = 5;
const key = (n: number): string => `0199f1c2-7d4e-7b3a-9c55-00000000000${n}`;

let bus: TestBus;
let page: ConsoleUnderTest;
let eventIds: string[];

beforeAll(async () => {
  bus = await startTestBus();
  eventIds = [];
  for (let n = 0; n < RECORDS; n += 1) {
    eventIds.push(await bus.publish(memberSignedUp, { ...memberSignedUp.example, memberId: key(n), locale: 'ko' }));
  }
  const broker = await openBroker({ brokers: [bus.address] }, { clientId: 'spec', requestTimeoutMs: 10_000 });
  await broker.admin.createTopics({ topics: [{ topic: 'short-lived' }, { topic: 'raw', numPartitions: 1 }] });
  const producer = broker.kafka.producer();
  await producer.connect();
  const hostile = Buffer.from([0xff, 0xfe, 0x00]);
  await producer.send({
    topic: 'raw',
    messages: [{ key: hostile, value: hostile, headers: { odd: hostile } }, { value: null }],
  });
  await producer.disconnect();
  await broker.close();
  page = await startConsole({ KAFKA_BROKERS: bus.address });
});
afterAll(async () => {
  await page?.close();
  await bus?.close();
});

describe('topics', () => {
  it('are listed with their events and records, those of the catalog first', async () => {
    const { status, body } = await page.get('/api/topics');
    expect(status).toBe(200);
    expect(body.left).toBe(0);
    expect(body.topics[0]).toMatchObject({
      topic: 'member',
      kind: 'events',
      events: ['member.signed-up'],
      partitions: 6,
      records: String(RECORDS),
    });
    expect(body.topics).toContainEqual(expect.objectContaining({ topic: 'raw', kind: 'other', events: [] }));
  });

  it('are shown by partition, with the share of each', async () => {
    const { body } = await page.get('/api/topics/member');
    expect(body).toMatchObject({ keyField: 'memberId', settings: { 'retention.ms': '604800000' } });
    expect(body.perPartition.map(({ partition }: { partition: number }) => partition)).toEqual([0, 1, 2, 3, 4, 5]);
    const shares = body.perPartition.map(({ share }: { share: number }) => share);
    expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1);
  });

  it.each(['/api/topics/nothing', '/api/topics/nothing/records', '/api/topics/nothing/0/0'])(
    'that do not exist are answered with those that do: %s',
    async (path) => {
      const { status, body } = await page.get(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({ detail: 'There is no topic nothing.', next: expect.stringContaining('member') });
    },
  );

  it('that were deleted are answered 404, and the list goes on without them', async () => {
    const broker = await openBroker({ brokers: [bus.address] }, { clientId: 'spec', requestTimeoutMs: 10_000 });
    expect((await page.get('/api/topics/short-lived')).status).toBe(200);
    await broker.admin.deleteTopics({ topics: ['short-lived'] });
    await broker.close();
    expect((await page.get('/api/topics/short-lived')).status).toBe(404);
    const { body } = await page.get('/api/topics');
    expect(body.topics.map(({ topic }: { topic: string }) => topic)).not.toContain('short-lived');
  });
});

describe('the tail', () => {
  it('has the newest record first, its value without the field of the key', async () => {
    const { body } = await page.get('/api/topics/member/records');
    expect(body.records).toHaveLength(RECORDS);
    expect(body.records.map(({ eventId }: { eventId: string }) => eventId).sort()).toEqual(eventIds.toSorted());
    const [newest] = body.records;
    expect(newest).toMatchObject({ topic: 'member', event: 'member.signed-up', key: expect.stringMatching(/^0199/) });
    expect(JSON.parse(newest.value)).not.toHaveProperty('memberId');
  });

  it('goes on where the one before ended', async () => {
    const { body: before } = await page.get('/api/topics/member/records');
    expect((await page.get(`/api/topics/member/records?after=${before.next}`)).body.records).toEqual([]);
    const eventId = await bus.publish(memberSignedUp, memberSignedUp.example);
    const { body } = await page.get(`/api/topics/member/records?after=${before.next}`);
    expect(body.records).toMatchObject([{ eventId }]);
  });

  it('shows what the filter matches, with the fields of the command line', async () => {
    const { body } = await page.get(`/api/topics/member/records?filter=key%3D${key(2)},value.locale%3Dko`);
    expect(body.records).toMatchObject([{ key: key(2), eventId: eventIds[2] }]);
  });

  it.each([
    ['filter=colour%3Dred', 'There is no field colour.'],
    ['filter=red', '"red" is not field=value.'],
    ['after=x', 'after is not the `next` of a tail.'],
    ['limit=3', expect.stringContaining('limit')],
  ])('answers a query that it does not understand, %s, with a sentence and the next step', async (query, detail) => {
    const { status, body } = await page.get(`/api/topics/member/records?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail, next: expect.any(String) });
  });

  it('shows bytes that are not text as hex and their number', async () => {
    const { body } = await page.get('/api/topics/raw/records');
    expect(body.records).toMatchObject([{ value: 'null' }, { key: 'fffe00', value: '3 B', eventId: null }]);
  });
});

describe('a record', () => {
  it('is shown with its headers, its text and its bytes', async () => {
    const { body: tail } = await page.get('/api/topics/member/records');
    const { partition, offset, eventId } = tail.records[0];
    const { status, body } = await page.get(`/api/topics/member/${partition}/${offset}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ partition, offset, eventId, next: null });
    expect(body.headers).toContainEqual({ name: 'ce_id', value: eventId });
    expect(Buffer.from(body.hex, 'hex').toString()).toBe(body.text);
    expect(JSON.parse(body.text)).toHaveProperty('memberId');
  });

  it('that is not text has only bytes', async () => {
    const { body } = await page.get('/api/topics/raw/0/0');
    expect(body).toMatchObject({ text: null, hex: 'fffe00', bytes: 3, headers: [{ name: 'odd', value: 'fffe00' }] });
    expect((await page.get('/api/topics/raw/0/1')).body).toMatchObject({ text: null, bytes: 0, previous: '0' });
  });

  it.each([
    ['raw/0/99', 404, 'raw/0 has no record at offset 99: it has the offsets 0 to 1.'],
    ['raw/7/0', 404, 'raw has no partition 7.'],
    ['raw/x/0', 400, expect.stringContaining('partition: must be a whole number')],
    ['raw/0/-1', 400, expect.stringContaining('offset: must be a whole number')],
    ['raw/0/99999999999999999999', 400, expect.stringContaining('offset')],
  ])('that cannot be is answered with a sentence and the next step: %s', async (path, status, detail) => {
    const answer = await page.get(`/api/topics/${path}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ detail, next: expect.any(String) });
  });
});

it('reading topics, tails and records leaves no group behind', async () => {
  const broker = await openBroker({ brokers: [bus.address] }, { clientId: 'spec', requestTimeoutMs: 10_000 });
  expect((await broker.admin.listGroups()).groups).toEqual([]);
  await broker.close();
});
