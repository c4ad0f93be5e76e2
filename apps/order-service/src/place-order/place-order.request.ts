import { legible, moneySchema, ORDER_ITEMS_MAX, orderItemSchema } from '@event-bus/event-catalog';
import type { Money, OrderItem } from '@event-bus/event-catalog';
import { currencySchema } from '@event-bus/service-kit';
import { z } from 'zod';
import { totalOf } from '../orders/money.ts';

/** Stricter than the schema of the event: a new item has a legible name, and a price in a currency in use. */
const newItemSchema = orderItemSchema.extend({
  sku: legible(orderItemSchema.shape.sku),
  name: legible(orderItemSchema.shape.name),
  unitPrice: moneySchema.extend({ currency: currencySchema }),
});

/** The items of an order and their total, all in one currency. */
export const placeOrderRequest = z
  .object({
    memberId: z.uuid(),
    items: z
      .array(newItemSchema)
      .min(1, { error: 'at least 1 item', abort: true })
      .max(ORDER_ITEMS_MAX, { error: `at most ${ORDER_ITEMS_MAX} items`, abort: true }),
  })
  .transform(({ memberId, items }, context): PlaceOrderRequest => {
    const [first, ...others] = items as [OrderItem, ...OrderItem[]];
    const { currency } = first.unitPrice;
    for (const [index, item] of items.entries()) {
      if (item.unitPrice.currency === currency) continue;
      const path = ['items', index, 'unitPrice', 'currency'];
      context.addIssue({
        code: 'custom',
        path,
        message: `must be ${currency}, the currency of the first item: an order has one currency`,
      });
    }
    const total = totalOf([first, ...others]);
    if (total === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['items'],
        message: `the total must be at most ${Number.MAX_SAFE_INTEGER}`,
      });
      return z.NEVER;
    }
    return { memberId, items, total };
  })
  .meta({
    examples: [
      {
        memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
        items: [{ sku: 'TEA-01', name: '제주 녹차', quantity: 2, unitPrice: { amount: 12_000, currency: 'KRW' } }],
      },
    ],
  });

export interface PlaceOrderRequest {
  readonly memberId: string;
  readonly items: readonly OrderItem[];
  readonly total: Money;
}
