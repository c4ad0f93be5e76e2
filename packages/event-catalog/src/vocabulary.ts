import { z } from 'zod';

/** Pieces that several events speak of in the same way. */

/** Languages the mails are written in. */
export const locales = ['ko', 'en'] as const;
export const localeSchema = z.enum(locales);
export type Locale = z.output<typeof localeSchema>;

/**
 * The HTML standard's pattern of an address, with at least one dot in its domain and a top-level domain that starts with
 * a letter. zod's own pattern refuses top-level domains such as .한국 (`xn--3e0b707e`).
 */
const ADDRESS =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * An address as mail servers exchange it, with its domain in ASCII. RFC 5321 §4.5.3.1.3 bounds a path at 256 octets with
 * its brackets.
 */
export const emailAddressSchema = z.email({ pattern: ADDRESS }).max(254);

/** Characters for people on one line. A NUL among them could not even be stored: PostgreSQL's text has none. */
function oneLine(charactersMax: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'one line without control characters');
}

export const personNameSchema = oneLine(100);

/** RFC 5322 §2.1.1 bounds a header line at 998 characters; a line break would let a caller write headers of its own. */
export const subjectSchema = oneLine(900);

/** Integer minor units (won, cents) and an ISO 4217 code: money is never a float. */
export const moneySchema = z.object({
  amount: z.int().nonnegative(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as KRW or USD'),
});
export type Money = z.output<typeof moneySchema>;

export const orderItemSchema = z.object({
  sku: oneLine(64),
  name: oneLine(200),
  quantity: z.int().min(1).max(10_000),
  unitPrice: moneySchema,
});
export type OrderItem = z.output<typeof orderItemSchema>;

/** Bounds an order, its event and its mail alike. */
export const ORDER_ITEMS_MAX = 100;
