import { expect, it } from 'vitest';
import { fakeOutsideContext } from './fake-outside-context.ts';

it('records what a handler claims and confirms, and runs what it writes with each', async () => {
  const context = fakeOutsideContext({ eventId: 'one', key: 'k' });
  expect(context).toMatchObject({ event: { id: 'one' }, key: 'k', claims: [], confirmed: false });
  const written: unknown[] = [];
  const claim = await context.claim(async (manager, facts) => void written.push([manager, facts]));
  const first = { ambiguous: false, attempt: 1, unconfirmed: 0 };
  expect(claim).toMatchObject(first);
  expect(context).toMatchObject({ claims: [first], confirmed: false });
  await claim.confirm(async (manager) => void written.push(manager));
  expect(context.confirmed).toBe(true);
  expect(written).toEqual([[context.manager, first], context.manager]);
});

it('gives an ambiguous claim where earlier attempts are unconfirmed', async () => {
  const claim = await fakeOutsideContext({ unconfirmed: 2 }).claim();
  expect(claim).toMatchObject({ ambiguous: true, attempt: 3, unconfirmed: 2 });
});

it('records no claim and no confirmation whose write fails', async () => {
  const context = fakeOutsideContext();
  const fail = async (): Promise<never> => Promise.reject(new Error('full'));
  await expect(context.claim(fail)).rejects.toThrow('full');
  expect(context.claims).toEqual([]);
  await expect((await context.claim()).confirm(fail)).rejects.toThrow('full');
  expect(context.confirmed).toBe(false);
});
