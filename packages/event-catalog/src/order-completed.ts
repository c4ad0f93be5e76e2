import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { orderTopic } from './topics.ts';
import {
  emailAddressSchema,
  localeSchema,
  moneySchema,
  ORDER_ITEMS_MAX,
  orderItemSchema,
  personNameSchema,
  phoneNumberSchema,
} from './vocabulary.ts';

export const orderCompleted = defineEvent({
  name: 'order.completed',
  version: 1,
  topic: orderTopic,
  key: (order) => order.orderId,
  schema: z.object({
    orderId: z.uuid(),
    memberId: z.uuid(),
    customer: z
      .object({
        email: emailAddressSchema,
        name: personNameSchema,
        phone: phoneNumberSchema.optional(),
        locale: localeSchema,
      })
      .meta({
        description:
          'The customer as the order knew them when it was completed, so that no consumer has to query another service.',
      }),
    items: z.array(orderItemSchema).min(1).max(ORDER_ITEMS_MAX),
    total: moneySchema,
    completedAt: z.iso.datetime(),
  }),
  owner: 'order-service',
  summary: 'An order was completed, which happens once.',
  example: {
    orderId: '0199f1c9-2a10-7c44-8f0e-5b1d2c3e4f50',
    memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
    customer: { email: 'jimin@example.com', name: '김지민', phone: '+821012345678', locale: 'ko' },
    items: [{ sku: 'TEA-01', name: '제주 녹차', quantity: 2, unitPrice: { amount: 12000, currency: 'KRW' } }],
    total: { amount: 24000, currency: 'KRW' },
    completedAt: '2026-11-21T09:05:00.000Z',
  },
});

export type OrderCompleted = PayloadOf<typeof orderCompleted>;
