import type { Money } from '@event-bus/event-catalog';

/** One line of an order. Amounts are integers in minor units: won, cents. */
interface Line {
  readonly quantity: number;
  readonly unitPrice: Money;
}

/**
 * The total of lines in one currency.
 * @returns `undefined` when it is above 2^53 - 1 minor units, where numbers lose precision
 */
export function totalOf(lines: readonly [Line, ...Line[]]): Money | undefined {
  // BigInt, so that the sum is exact above the limit too.
  const amount = lines.reduce((sum, { quantity, unitPrice }) => sum + BigInt(quantity) * BigInt(unitPrice.amount), 0n);
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { amount: Number(amount), currency: lines[0].unitPrice.currency };
}
