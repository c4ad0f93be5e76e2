import { expect, it } from 'vitest';
import { z } from 'zod';
import { sampled } from './sampled.ts';

const rows = sampled(z.strictObject({ id: z.string() }));

it('takes a list as it is, by its first item', () => {
  const list = [{ id: 'a' }, { id: 'b' }];
  expect(rows.parse(list)).toBe(list);
  expect(rows.parse([])).toEqual([]);
});

it.each([[[{ id: 1 }]], [[{ id: 'a', more: true }]], [{ id: 'a' }], ['a'], [null]])('rejects %j', (given) => {
  expect(rows.safeParse(given).success).toBe(false);
});
