import type { Money } from '@event-bus/event-catalog';

/** What a line or an order costs. Amounts are integers in minor units: won, cents. */
interface Line {
  readonly quantity: number;
  readonly unitPrice: Money;
}

/**
 * Adds up lines of one currency.
 * @returns `undefined` when the sum is beyond 2^53 - 1 minor units, above which numbers begin to lose units
 */
export function totalOf(lines: readonly [Line, ...Line[]]): Money | undefined {
  // In whole numbers of any size, so that the sum itself is right and not only below the bound.
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + BigInt(quantity) * BigInt(unitPrice.amount), 0n);
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { amount: Number(amount), currency: lines[0].unitPrice.currency };
}
