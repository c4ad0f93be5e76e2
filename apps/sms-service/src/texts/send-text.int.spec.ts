import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberSignedUp, orderCompleted, smsFailed, smsSent } from '@event-bus/event-catalog';
import { DeadLetters, PermanentError, TransientError } from '@event-bus/messaging-client';
import { deliver, publishedBy, startTestBus } from '@event-bus/messaging-client/testing';
import { kitExamples, startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { callDocumentedRoutes } from '@event-bus/test-kit/call-documented-routes';
import { until } from '@event-bus/test-kit/until';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SmsGateway } from '@event-bus/sms-gateway';
import { env } from '../config.ts';
import { SmsServiceModule } from '../sms-service.module.ts';

let folder: string;
let database: TestDatabase;
let gateway: SmsGateway;
let service: StartedService;

const settings = () => ({
  DATABASE_URL: database.url,
  SMS_GATEWAY_URL: `http://127.0.0.1:${gateway.port}`,
  SMS_FROM: 'Shop',
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sms-service-'));
  [database, gateway] = await Promise.all([
    createTestDatabase(),
    SmsGateway.start({ host: '127.0.0.1', port: 0, file: join(folder, 'texts.jsonl') }),
  ]);
  service = await startForTest(SmsServiceModule, env, settings());
});
afterAll(async () => {
  await service?.stop();
  await gateway?.stop();
  await database?.drop();
  rmSync(folder, { recursive: true });
});
afterEach(() => gateway.faults.set(undefined));

const signUp = (): Promise<unknown> => deliver(service.app, memberSignedUp, memberSignedUp.example, { eventId });
const textsOf = (id: string) => gateway.texts.filter(({ key }) => key.startsWith(id));
const ledgerOf = async (id: string): Promise<Record<string, unknown>[]> =>
  (await service.get(`/texts?eventId=${id}`)).body as Record<string, unknown>[];

let eventId: string;
beforeEach(() => {
  eventId = randomUUID();
});

describe('a member with a phone number', () => {
  it('gets one text, which the ledger and sms.sent have', async () => {
    await signUp();
    expect(textsOf(eventId)).toMatchObject([
      {
        key: `${eventId}.welcome`,
        from: 'Shop',
        to: '+821012345678',
        text: expect.stringContaining('김지민') as string,
      },
    ]);
    const gatewayId = textsOf(eventId)[0]!.id;
    expect(await ledgerOf(eventId)).toMatchObject([{ status: 'accepted', gatewayId, segments: 1, error: null }]);
    const sent = await publishedBy(service.dataSource, smsSent);
    expect(sent.filter(({ payload }) => payload.causedBy === eventId)).toMatchObject([
      { payload: { template: 'welcome', to: '+821012345678', segments: 1, gatewayId } },
    ]);
  });

  it('gets a text about an order, in English if that is their language', async () => {
    const { customer } = orderCompleted.example;
    const order = {
      ...orderCompleted.example,
      customer: { ...customer, locale: 'en', phone: '+12025550123' },
    } as const;
    await deliver(service.app, orderCompleted, order, { eventId });
    expect(textsOf(eventId)).toMatchObject([
      { to: '+12025550123', text: expect.stringMatching(/^Event Bus: order /) as string },
    ]);
  });
});

it('a member without one gets none', async () => {
  const { phone: _, ...member } = memberSignedUp.example;
  await deliver(service.app, memberSignedUp, member, { eventId });
  expect(textsOf(eventId)).toEqual([]);
  expect(await ledgerOf(eventId)).toEqual([]);
});

describe('a gateway that', () => {
  it('takes the text and drops the answer is asked again, and has one text', async () => {
    gateway.faults.set({ kind: 'drop', times: 1 });
    await expect(signUp()).rejects.toThrow(TransientError);
    expect(textsOf(eventId)).toHaveLength(1);
    await signUp();
    expect(textsOf(eventId)).toHaveLength(1);
    expect(gateway.requestsOf(`${eventId}.welcome`)).toBe(2);
    expect(await ledgerOf(eventId)).toMatchObject([{ status: 'accepted', gatewayId: textsOf(eventId)[0]!.id }]);
  });

  it.each([500, 503, 429, 408])('answers %i is asked again later, and readiness warns', async (status) => {
    gateway.faults.set({ kind: 'refuse', status });
    await expect(signUp()).rejects.toThrow(TransientError);
    const { body } = await service.get('/health/ready');
    expect(body.checks['sms-gateway'].warnings).toEqual([expect.stringContaining(`the gateway answers ${status}`)]);
    gateway.faults.set(undefined);
    await signUp();
    expect(textsOf(eventId)).toHaveLength(1);
  });

  it('rejects our login makes the service not ready, and texts wait', async () => {
    gateway.faults.set({ kind: 'refuse', status: 401 });
    await expect(signUp()).rejects.toThrow(TransientError);
    const { body } = await service.get('/health/ready');
    expect(body.checks['sms-gateway']).toMatchObject({
      ready: false,
      detail: expect.stringContaining('SMS_GATEWAY_TOKEN') as string,
    });
    gateway.faults.set(undefined);
    await signUp();
    expect((await service.get('/health/ready')).body.checks['sms-gateway'].ready).toBe(true);
  });

  it('rejects the text for good makes it a dead letter, with sms.failed', async () => {
    gateway.faults.set({ kind: 'refuse', status: 400, times: 1 });
    await expect(signUp()).rejects.toThrow(PermanentError);
  });
});

describe('on a bus', () => {
  it('a text that is rejected is in the ledger, and is sent when its dead letter is redriven', async () => {
    const bus = await startTestBus();
    const own = await createTestDatabase();
    const consumer = await startForTest(SmsServiceModule, env, {
      ...settings(),
      DATABASE_URL: own.url,
      KAFKA_BROKERS: bus.address,
    });
    try {
      gateway.faults.set({ kind: 'refuse', status: 400, times: 1 });
      const id = await bus.publish(memberSignedUp, memberSignedUp.example);
      const ledger = async (): Promise<{ status: string }[]> =>
        (await consumer.get('/texts')).body as { status: string }[];
      await until('the rejected text', async () => (await ledger())[0]?.status === 'rejected');
      expect(await publishedBy(consumer.dataSource, smsFailed)).toMatchObject([{ payload: { causedBy: id } }]);
      expect(textsOf(id)).toEqual([]);
      await consumer.app.get(DeadLetters).redrive({ event: memberSignedUp.name }, { by: 'tester' });
      await until('the accepted text', async () => (await ledger())[0]?.status === 'accepted');
      expect(textsOf(id)).toHaveLength(1);
    } finally {
      await consumer.stop();
      await bus.close();
      await own.drop();
    }
  });
});

it('every route is in the OpenAPI document, and answers as the document says', async () => {
  await signUp();
  const wrong = await callDocumentedRoutes(service.url, {
    ...kitExamples('sms.sent'),
    'GET /texts': [
      { path: `/texts?eventId=${eventId}`, status: 200 },
      { path: '/texts?status=sent', status: 400 },
    ],
  });
  expect(wrong).toEqual([]);
});
