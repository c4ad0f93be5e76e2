import { startBroker } from '@event-bus/log-broker';
import type { RunningBroker } from '@event-bus/log-broker';
import { openBroker } from '@event-bus/messaging-client/inspect';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

// A broker with access control. The user of the console may describe the topic and one group, and nothing else.

/** Of the protocol. */
const RESOURCE = { topic: 2, group: 3 } as const;
const DESCRIBE = 8;
const ALLOW = 3;
const LITERAL = 3;

let broker: RunningBroker;
let page: ConsoleUnderTest;

beforeAll(async () => {
  broker = await startBroker({
    listen: { port: 0, security: 'SASL_PLAINTEXT' },
    users: { admin: 'admin-secret', console: 'console-secret' },
    superUsers: ['User:admin'],
  });
  const address = `${broker.host}:${broker.port}`;
  const sasl = { mechanism: 'scram-sha-512', username: 'admin', password: 'admin-secret' } as const;
  const settings = { brokers: [address], sasl };
  const { admin, kafka, close } = await openBroker(settings, { clientId: 'admin', requestTimeoutMs: 30_000 });
  await admin.createTopics({ topics: [{ topic: 'member', numPartitions: 1 }] });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'member', messages: [{ key: 'a', value: '{}' }] });
  await producer.disconnect();
  for (const groupId of ['mail-service', 'order-service']) {
    await commitOffset({ broker: address, sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } }, groupId, 'member', { 0: 0 });
  }
  const describe = (resourceType: number, resourceName: string) => ({
    principal: 'User:console',
    host: '*',
    operation: DESCRIBE,
    permissionType: ALLOW,
    resourceType,
    resourceName,
    resourcePatternType: LITERAL,
  });
  await admin.createAcls({
    acl: [describe(RESOURCE.topic, 'member'), describe(RESOURCE.group, 'mail-service')],
  });
  await close();
  page = await startConsole({
    KAFKA_BROKERS: address,
    KAFKA_SASL_USERNAME: 'console',
    KAFKA_SASL_PASSWORD: 'console-secret',
    SERVICES: 'mail-service=http://127.0.0.1:1,order-service=http://127.0.0.1:1',
  });
});
afterAll(async () => {
  await page?.close();
  await broker?.close();
});

it('a topic whose settings may not be read is shown without them, and with the reason', async () => {
  // On a busy machine the first login may take longer than a read.
  const body = await until('the broker to answer', async () => {
    const answer = await page.get('/api/topics/member');
    return answer.status === 200 && answer.body;
  });
  expect(body).toMatchObject({
    records: '1',
    settings: null,
    settingsProblem: { code: 'settings-not-allowed' },
    // Its age stands in a record, which may not be read either.
    perPartition: [{ next: '1', groups: [{ group: 'mail-service', committed: '0', lag: 1, lagSeconds: null }] }],
  });
});

it('records that may not be read are refused by their own sentence', async () => {
  const { status, body } = await page.get('/api/topics/member/records');
  expect(status).toBe(403);
  expect(body).toMatchObject({ said: { code: 'topic-not-allowed' } });
});

it('a group that may not be described is not listed, and the others are', async () => {
  expect((await page.get('/api/groups')).body.groups).toMatchObject([
    { group: 'mail-service', lag: 1, lagSeconds: null },
  ]);
  const { status, body } = await page.get('/api/groups/order-service');
  expect(status).toBe(404);
  expect(body).toMatchObject({ said: { code: 'group-unknown', params: { group: 'order-service' } } });
});

it('the live map has the broker as ready, and no lag of the group that may not be described', async () => {
  const map = await until('the broker has been read', async () => {
    const { body } = await page.get('/api/map');
    const isRead = body.topics.some(({ records }: { records: string | null }) => records === '1');
    return isRead && body.groups[0].members === 0 && body;
  });
  expect(map.parts[0]).toMatchObject({ name: 'broker', state: 'ready' });
  const groups = map.groups.map(({ group, lag }: { group: string; lag: number | null }) => [group, lag]);
  expect(Object.fromEntries(groups)).toEqual({ 'mail-service': 1, 'order-service': null });
});
