import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalOf } from './money.ts';

const line = (quantity: number, amount: number): Parameters<typeof totalOf>[0][0] => ({
  quantity,
  unitPrice: { amount, currency: 'KRW' },
});

describe('totalOf', () => {
  it('adds up in minor units', () => {
    expect(totalOf([line(2, 12_000), line(1, 8_500)])).toEqual({ amount: 32_500, currency: 'KRW' });
  });

  it('gives nothing rather than a sum that has lost units', () => {
    expect(totalOf([line(1, Number.MAX_SAFE_INTEGER)])?.amount).toBe(Number.MAX_SAFE_INTEGER);
    expect(totalOf([line(1, Number.MAX_SAFE_INTEGER), line(1, 1)])).toBeUndefined();
    expect(totalOf([line(10_000, Number.MAX_SAFE_INTEGER)])).toBeUndefined();
  });

  it('is a whole number, whatever is bought', () => {
    const lines = fc.array(fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.maxSafeNat()), { minLength: 1 });
    fc.assert(
      fc.property(lines, ([first, ...others]) => {
        const total = totalOf([line(...first!), ...others.map((other) => line(...other))]);
        expect(total === undefined || Number.isSafeInteger(total.amount)).toBe(true);
      }),
    );
  });
});
