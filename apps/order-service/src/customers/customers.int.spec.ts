import { afterAll, beforeAll, expect, it } from 'vitest';
import { jimin } from '../testing/samples.ts';
import { startOrderService } from '../testing/start-order-service.ts';
import type { OrderServiceUnderTest } from '../testing/start-order-service.ts';
import { Customer } from './customer.entity.ts';

let service: OrderServiceUnderTest;
beforeAll(async () => {
  service = await startOrderService();
});
afterAll(() => service.stop());

const customers = (): Promise<Customer[]> => service.dataSource.manager.find(Customer);

it('keeps a copy of a member who signed up, once, also when the event is delivered twice or published twice', async () => {
  const eventId = '0199f1c2-7d50-7001-8a00-000000000001';
  const twice = [service.signUp(jimin, { eventId }), service.signUp(jimin, { eventId }), service.signUp(jimin)];
  expect((await Promise.all(twice)).filter(({ repeated }) => repeated)).toHaveLength(1);
  const { memberId, email, name, phone, locale, signedUpAt } = jimin;
  expect(await customers()).toEqual([{ memberId, email, name, phone, locale, asOf: new Date(signedUpAt) }]);
});

it('is not put back by an older fact', async () => {
  await service.signUp({ ...jimin, name: '옛 이름', signedUpAt: '2020-01-01T00:00:00.000Z' });
  expect(await customers()).toMatchObject([{ name: jimin.name }]);
});

it('follows a newer one, which may have no phone number any more', async () => {
  const { phone: _, ...withoutPhone } = jimin;
  await service.signUp({ ...withoutPhone, name: '새 이름', signedUpAt: '2030-01-01T00:00:00.000Z' });
  expect(await customers()).toMatchObject([{ name: '새 이름', phone: null }]);
});
