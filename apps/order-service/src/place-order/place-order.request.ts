import { ORDER_ITEMS_MAX, orderItemSchema } from '@event-bus/event-catalog';
import type { Money, OrderItem } from '@event-bus/event-catalog';
import { z } from 'zod';
import { totalOf } from '../orders/money.ts';

/** What an order asks for, with its total; it has one currency, and a total that is a whole number of minor units. */
export const placeOrderRequest = z
  .object({
    memberId: z.uuid(),
    items: z.tuple([orderItemSchema], orderItemSchema).refine((items) => items.length <= ORDER_ITEMS_MAX, {
      message: `at most ${ORDER_ITEMS_MAX} items`,
      abort: true,
    }),
  })
  .transform(({ memberId, items }, context): PlaceOrderRequest => {
    const { currency } = items[0].unitPrice;
    for (const [index, item] of items.entries()) {
      if (item.unitPrice.currency === currency) continue;
      const path = ['items', index, 'unitPrice', 'currency'];
      context.addIssue({
        code: 'custom',
        path,
        message: `must be ${currency} like the first item's: an order has one currency`,
      });
    }
    const total = totalOf(items);
    if (total === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['items'],
        message: `the total is more than ${Number.MAX_SAFE_INTEGER}`,
      });
      return z.NEVER;
    }
    return { memberId, items, total };
  });

export interface PlaceOrderRequest {
  readonly memberId: string;
  readonly items: readonly OrderItem[];
  readonly total: Money;
}
