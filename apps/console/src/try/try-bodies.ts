import { z } from 'zod';

/** Loosely: the service checks, and its answer is what is shown. */
const text = z.string().max(400);

export const signUpBody = z.strictObject({
  email: text,
  name: text,
  locale: z.enum(['ko', 'en']),
  phone: text.optional(),
});
export const orderBody = z.strictObject({ memberId: text, sku: text, quantity: z.number() });
export const receiptBody = z.strictObject({ memberId: text });
export const burstBody = z.strictObject({ count: z.union([z.literal(10), z.literal(100), z.literal(1_000)]) });
