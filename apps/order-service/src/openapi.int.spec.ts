import { kitExamples } from '@event-bus/service-kit/testing';
import { callDocumentedRoutes } from '@event-bus/test-kit/call-documented-routes';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jimin, tea } from './testing/samples.ts';
import { startOrderService } from './testing/start-order-service.ts';
import type { OrderServiceUnderTest } from './testing/start-order-service.ts';

let service: OrderServiceUnderTest;

beforeAll(async () => {
  service = await startOrderService();
});
afterAll(() => service?.stop());

it('every route is in the OpenAPI document, and answers as the document says', async () => {
  await service.signUp(jimin);
  const request = { memberId: jimin.memberId, items: [tea] };
  const { body: order } = await service.post('/orders', request);
  const unknown = '01a1fde8-0011-7b7d-b5ea-bf6954dac90e';
  const wrong = await callDocumentedRoutes(service.url, {
    ...kitExamples('order.completed'),
    'POST /orders': [
      { body: request, status: 201 },
      { body: { ...request, memberId: unknown }, status: 422 },
      { body: { ...request, items: [] }, status: 400 },
    ],
    'GET /orders/{id}': [
      { path: `/orders/${order.id}`, status: 200 },
      { path: `/orders/${unknown}`, status: 404 },
    ],
    'POST /orders/{id}/complete': [
      { path: `/orders/${order.id}/complete`, status: 200 },
      { path: `/orders/${unknown}/complete`, status: 404 },
    ],
    'POST /orders/{id}/receipt': [
      { path: `/orders/${order.id}/receipt`, body: { to: jimin.email }, status: 202 },
      { path: `/orders/${order.id}/receipt`, body: { to: 'nobody' }, status: 400 },
    ],
  });
  expect(wrong).toEqual([]);
});
