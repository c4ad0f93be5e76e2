import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cup, jimin, tea } from '../testing/samples.ts';
import { startOrderService } from '../testing/start-order-service.ts';
import type { OrderServiceUnderTest } from '../testing/start-order-service.ts';

let service: OrderServiceUnderTest;
beforeAll(async () => {
  service = await startOrderService();
  await service.signUp(jimin);
});
afterAll(() => service.stop());

const { memberId } = jimin;

describe('POST /orders', () => {
  it('answers 201 with the order, items in their order, and it can then be looked up', async () => {
    const { status, body } = await service.post('/orders', { memberId, items: [tea, cup] });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      memberId,
      items: [tea, cup],
      total: { amount: 32_500, currency: 'KRW' },
      status: 'placed',
      placedAt: expect.stringMatching(/Z$/),
      completedAt: null,
    });
    expect(await service.get(`/orders/${body.id}`)).toMatchObject({ status: 200, body });
  });

  it('keeps amounts exact up to the bound', async () => {
    const amount = Number.MAX_SAFE_INTEGER;
    const items = [{ ...tea, quantity: 1, unitPrice: { amount, currency: 'KRW' } }];
    const { body } = await service.post('/orders', { memberId, items });
    expect((await service.get(`/orders/${body.id}`)).body).toMatchObject({ items, total: { amount, currency: 'KRW' } });
  });

  it('takes the largest order there may be', async () => {
    const long = { ...tea, sku: '상'.repeat(64), name: '차'.repeat(200) };
    const { status } = await service.post('/orders', { memberId, items: Array.from({ length: 100 }, () => long) });
    expect(status).toBe(201);
  });

  it('answers 422 for a member it does not know yet, and asks to try again', async () => {
    const unknown = '0199f1c2-7d4e-7b3a-9c55-000000000000';
    const { status, body } = await service.post('/orders', { memberId: unknown, items: [tea] });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      type: '/problems/member-unknown',
      detail: expect.stringContaining('try again'),
      problems: [{ path: 'memberId', message: 'is unknown' }],
    });
  });

  it('makes one order of a request that is sent again with its key, and refuses the key for another order', async () => {
    const key = { 'idempotency-key': '"0199f1c2-7d4e-7b3a-9c55-111111111111"' };
    const first = await service.post('/orders', { memberId, items: [tea] }, key);
    const again = await service.post('/orders', { memberId, items: [tea] }, key);
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect((await service.post('/orders', { memberId, items: [cup] }, key)).status).toBe(422);
    const orders = 'SELECT 1 FROM purchase_order WHERE placed_at >= $1';
    expect(await service.dataSource.query(orders, [first.body.placedAt])).toHaveLength(1);
  });

  it('answers 400 naming the field for currencies that differ', async () => {
    const dollars = { ...cup, unitPrice: { amount: 650, currency: 'USD' } };
    const { status, body } = await service.post('/orders', { memberId, items: [tea, dollars] });
    expect(status).toBe(400);
    expect(body.problems).toEqual([{ path: 'items.1.unitPrice.currency', message: expect.stringContaining('KRW') }]);
  });
});

describe('GET /orders/:id', () => {
  it('answers 404 for an order that is not there and 400 for what is not an id', async () => {
    expect((await service.get('/orders/0199f1c2-7d4e-7b3a-9c55-000000000000')).status).toBe(404);
    expect((await service.get('/orders/7')).status).toBe(400);
  });
});
