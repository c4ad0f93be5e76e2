import { afterAll, beforeAll, expect, it } from 'vitest';
import { jimin } from '../test/samples.ts';
import { startOrderService } from '../test/start-order-service.ts';
import type { OrderServiceUnderTest } from '../test/start-order-service.ts';
import { Customer } from './customer.entity.ts';

let service: OrderServiceUnderTest;
beforeAll(async () => {
  service = await startOrderService();
});
afterAll(() => service.stop());

const customers = (): Promise<Customer[]> => service.dataSource.manager.find(Customer);

it('keeps a copy of a member who signed up, once, however often the event comes', async () => {
  await Promise.all([service.hear(jimin), service.hear(jimin), service.hear(jimin)]);
  const { memberId, email, name, locale, signedUpAt } = jimin;
  expect(await customers()).toEqual([{ memberId, email, name, locale, asOf: new Date(signedUpAt) }]);
});

it('is not put back by an older fact', async () => {
  await service.hear({ ...jimin, name: '옛 이름', signedUpAt: '2020-01-01T00:00:00.000Z' });
  expect(await customers()).toMatchObject([{ name: jimin.name }]);
});

it('follows a newer one', async () => {
  await service.hear({ ...jimin, name: '새 이름', signedUpAt: '2030-01-01T00:00:00.000Z' });
  expect(await customers()).toMatchObject([{ name: '새 이름' }]);
});
