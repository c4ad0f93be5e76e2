import { z } from 'zod';

/** Loosely: the service checks, and its answer is what is shown. */
const text = z.string().max(400);
const locale = z.enum(['ko', 'en']);

export const signUpBody = z.strictObject({
  email: text,
  name: text,
  locale,
  phone: text.optional(),
});
export const orderBody = z.strictObject({ memberId: text, sku: text, quantity: z.number(), locale });
export const receiptBody = z.strictObject({ memberId: text, locale });
export const burstBody = z.strictObject({ count: z.union([z.literal(10), z.literal(100), z.literal(1_000)]) });
