import { loadConfig } from '@event-bus/service-kit';
import { databaseOpened, kitExamples, serveForTest } from '@event-bus/service-kit/testing';
import type { ServiceUnderTest } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { callDocumentedRoutes } from '@event-bus/test-kit/call-documented-routes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memberServiceEnv } from './config.ts';
import { MemberServiceModule, SERVICE } from './member-service.module.ts';

let database: TestDatabase;
let service: ServiceUnderTest;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = loadConfig(SERVICE, memberServiceEnv, {
    HTTP_PORT: '0',
    DATABASE_URL: database.url,
    KAFKA_BROKERS: '127.0.0.1:1',
  });
  service = await serveForTest({ module: MemberServiceModule.forRoot(config) });
  await databaseOpened(service);
});
afterAll(async () => {
  await service?.app.close();
  await database?.drop();
});

it('every route is in the OpenAPI document, and answers as the document says', async () => {
  const jimin = { email: 'jimin@example.com', name: '김지민' };
  const { body: member } = await service.post('/members', { ...jimin, email: 'first@example.com' });
  const wrong = await callDocumentedRoutes(service.url, {
    ...kitExamples('member.signed-up'),
    'POST /members': [
      { body: jimin, status: 201 },
      { body: jimin, status: 409 },
      { body: { email: 'nobody' }, status: 400 },
      { body: 'not an object', status: 400 },
    ],
    'GET /members/{id}': [
      { path: `/members/${member.id}`, status: 200 },
      { path: '/members/01a1fde8-0011-7b7d-b5ea-bf6954dac90e', status: 404 },
      { path: '/members/1', status: 400 },
    ],
  });
  expect(wrong).toEqual([]);
});
