import { publishedBy } from '@event-bus/messaging-client/testing';
import type { PublishedEvent } from '@event-bus/messaging-client/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jimin, tea } from '../testing/samples.ts';
import { startOrderService } from '../testing/start-order-service.ts';
import type { OrderServiceUnderTest } from '../testing/start-order-service.ts';

let service: OrderServiceUnderTest;
let orderId: string;

beforeAll(async () => {
  service = await startOrderService();
  await service.signUp(jimin);
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.dataSource.query('TRUNCATE outbox');
  const { body } = await service.post('/orders', { memberId: jimin.memberId, items: [tea] });
  orderId = body.id;
});

const events = (): Promise<PublishedEvent[]> => publishedBy(service.dataSource);

describe('POST /orders/:id/complete', () => {
  it('completes the order and publishes that, with all that a consumer needs', async () => {
    const { status, body } = await service.post(`/orders/${orderId}/complete`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: orderId, status: 'completed', completedAt: expect.stringMatching(/Z$/) });
    expect(await events()).toMatchObject([
      {
        name: 'order.completed',
        key: orderId,
        payload: {
          orderId,
          memberId: jimin.memberId,
          customer: { email: jimin.email, name: jimin.name, phone: jimin.phone, locale: jimin.locale },
          items: [tea],
          total: { amount: 24_000, currency: 'KRW' },
          completedAt: body.completedAt,
        },
      },
    ]);
  });

  it('publishes it once, however often and concurrently it is called', async () => {
    const calls = Array.from({ length: 20 }, () => service.post(`/orders/${orderId}/complete`));
    const answers = [...(await Promise.all(calls)), await service.post(`/orders/${orderId}/complete`)];
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.completedAt)).size).toBe(1);
    expect(await events()).toHaveLength(1);
  });

  it('keeps its answer in the transaction of the order and its event', async () => {
    const key = { 'idempotency-key': 'complete-once' };
    const first = await service.post(`/orders/${orderId}/complete`, undefined, key);
    expect(await service.post(`/orders/${orderId}/complete`, undefined, key)).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect(await events()).toHaveLength(1);
    const rows = await service.dataSource.query(`
      SELECT DISTINCT kept.xmin = changed.xmin AND kept.xmin = event.xmin AS together
        FROM idempotency_key kept, purchase_order changed, outbox event
       WHERE kept.key = 'complete-once' AND changed.id::text = event.aggregateid`);
    expect(rows).toEqual([{ together: true }]);
  });

  it('leaves the order placed when the event could not be written', async () => {
    await service.dataSource.query('ALTER TABLE outbox ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
    try {
      expect((await service.post(`/orders/${orderId}/complete`)).status).toBe(500);
    } finally {
      await service.dataSource.query('ALTER TABLE outbox DROP CONSTRAINT full_disk');
    }
    expect((await service.get(`/orders/${orderId}`)).body.status).toBe('placed');
    expect((await service.post(`/orders/${orderId}/complete`)).body.status).toBe('completed');
  });

  it('answers 404 for an order that is not there', async () => {
    expect((await service.post('/orders/0199f1c2-7d4e-7b3a-9c55-000000000000/complete')).status).toBe(404);
    expect(await events()).toEqual([]);
  });
});
