import { publishedBy } from '@event-bus/messaging-client/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jimin, tea } from '../testing/samples.ts';
import { startOrderService } from '../testing/start-order-service.ts';
import type { OrderServiceUnderTest } from '../testing/start-order-service.ts';

let service: OrderServiceUnderTest;
let orderId: string;

beforeAll(async () => {
  service = await startOrderService();
  await service.signUp(jimin);
  const { body } = await service.post('/orders', { memberId: jimin.memberId, items: [tea] });
  orderId = body.id;
});
afterAll(() => service.stop());

describe('POST /orders/:id/receipt', () => {
  it('requests an e-mail with from, to, subject and text, and answers with the id of its event', async () => {
    const { status, body } = await service.post(`/orders/${orderId}/receipt`, { to: ' office@example.com ' });
    expect(status).toBe(202);
    expect(await publishedBy(service.dataSource)).toMatchObject([
      {
        id: body.eventId,
        name: 'email.requested',
        key: 'office@example.com',
        payload: {
          from: 'orders@example.com',
          to: 'office@example.com',
          subject: `영수증 · 주문 ${orderId}`,
          text: `주문 ${orderId}\n\n제주 녹차  2 × ₩12,000\n\n합계: ₩24,000\n`,
        },
      },
    ]);
  });

  it('takes the addresses that sign-up takes, and mails to what they are written as', async () => {
    await service.dataSource.query('TRUNCATE outbox');
    expect((await service.post(`/orders/${orderId}/receipt`, { to: 'Jimin@예시.com' })).status).toBe(202);
    expect((await service.post(`/orders/${orderId}/receipt`, { to: 'jimin@예시.com#.example.com' })).status).toBe(400);
    expect(await publishedBy(service.dataSource)).toMatchObject([{ payload: { to: 'Jimin@xn--vv4b11d.com' } }]);
  });

  it('requests one e-mail when it is sent again with its key', async () => {
    await service.dataSource.query('TRUNCATE outbox');
    const request = () =>
      service.post(`/orders/${orderId}/receipt`, { to: 'office@example.com' }, { 'idempotency-key': 'one-receipt' });
    const [first, again] = [await request(), await request()];
    expect(first.status).toBe(202);
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(await publishedBy(service.dataSource)).toMatchObject([{ id: first.body.eventId }]);
  });

  it('answers 400 for what is not an address and 404 for an order that is not there', async () => {
    const bad = await service.post(`/orders/${orderId}/receipt`, { to: 'office' });
    expect(bad).toMatchObject({ status: 400, body: { problems: [{ path: 'to' }] } });
    const unknown = await service.post('/orders/0199f1c2-7d4e-7b3a-9c55-000000000000/receipt', { to: 'a@example.com' });
    expect(unknown.status).toBe(404);
  });
});
