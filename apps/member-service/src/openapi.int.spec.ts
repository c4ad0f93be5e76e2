import { kitExamples } from '@event-bus/service-kit/testing';
import { callDocumentedRoutes } from '@event-bus/test-kit/call-documented-routes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMemberService } from './testing/start-member-service.ts';
import type { StartedService } from '@event-bus/service-kit/testing';

let service: StartedService;

beforeAll(async () => {
  service = await startMemberService();
});
afterAll(() => service?.stop());

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
