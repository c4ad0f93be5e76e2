import { memberSignedUp } from '@event-bus/event-catalog';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

let bus: TestBus;
let page: ConsoleUnderTest;

beforeAll(async () => {
  bus = await startTestBus();
  await bus.publish(memberSignedUp, memberSignedUp.example);
  page = await startConsole({ KAFKA_BROKERS: bus.address, SERVICES: 'member-service=http://127.0.0.1:1' });
});
afterAll(async () => {
  await page?.close();
  await bus?.close();
});

it('every event of the catalog is listed', async () => {
  const { body } = await page.get('/api/contracts');
  expect(body).toContainEqual({
    event: 'email.requested',
    topic: 'email',
    versions: [1],
    kind: 'command',
    description: expect.any(String),
  });
  expect(body).toContainEqual(expect.objectContaining({ event: 'member.signed-up', kind: 'fact' }));
});

it('an event has its services, its fields with their rules, and what the broker has of it', async () => {
  const { body } = await page.get('/api/contracts/member.signed-up');
  expect(body).toMatchObject({
    keyField: 'memberId',
    partitions: 6,
    publishedBy: ['member-service'],
    consumedBy: ['mail-service', 'order-service', 'sms-service'],
    records: '1',
    sourceFile: 'packages/event-catalog/src/member-signed-up.ts',
    perVersion: [
      { version: 1, example: memberSignedUp.example, understoodBy: ['mail-service', 'order-service', 'sms-service'] },
    ],
  });
  const [{ fields, lastRecordAt }] = body.perVersion;
  expect(Date.parse(lastRecordAt)).not.toBeNaN();
  expect(fields).toContainEqual({
    name: 'locale',
    type: 'enum',
    rules: [{ kind: 'one-of', values: ['"ko"', '"en"'] }],
    description: null,
    isRequired: true,
    isKey: false,
  });
  expect(fields).toContainEqual(expect.objectContaining({ name: 'memberId', isKey: true }));
  expect(body.links).toContainEqual({ label: 'member-service: OpenAPI', href: 'http://127.0.0.1:1/docs' });
});

it('an event that shares its topic is not counted by it', async () => {
  expect((await page.get('/api/contracts/email.sent')).body).toMatchObject({
    records: null,
    perVersion: [{ lastRecordAt: null }],
  });
});

it('an event that is not in the catalog is answered with those that are', async () => {
  const { status, body } = await page.get('/api/contracts/member.left');
  expect(status).toBe(404);
  expect(body).toMatchObject({
    detail: 'The catalog has no event member.left.',
    next: expect.stringContaining('member.signed-up'),
  });
});
