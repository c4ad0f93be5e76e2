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

/** RFC 5321 §4.5.3.1.1 bounds a local part at 64 octets, and without quotes its dots stand between characters (§4.1.2). */
const DOT_ATOM_OF_64 = /^(?=[^@]{1,64}@)[^.@]+(?:\.[^.@]+)*@/;

/**
 * An address that a mail server can be asked for: what is newly given has to be one. The facts of the past keep
 * `emailAddressSchema`, because what was once said stays readable.
 */
export const mailableAddressSchema = emailAddressSchema.regex(
  DOT_ATOM_OF_64,
  'up to 64 characters before the @, with single dots between them',
);

/** Characters for people on one line. A NUL among them could not even be stored: PostgreSQL's text has none. */
function oneLine(charactersMax: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'one line without control characters');
}

/** Characters that turn a line around, break it, or are half a character. */
const MISLEADS = /[\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;

/** A character that leaves a mark. The blank of braille is a letter to Unicode, and a space to the eye. */
const SHOWS = /(?![\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800])[^\p{White_Space}\p{C}]/u;

/**
 * A line that reads as what it is: something shows, and nothing turns what stands around it. What is newly given has to
 * be one; the facts of the past are read without it.
 */
export function legible(line: z.ZodString): z.ZodString {
  return line
    .refine((text) => text === '' || SHOWS.test(text), 'must have a character that shows')
    .refine((text) => !MISLEADS.test(text), 'one line without marks that change its direction');
}

export const personNameSchema = oneLine(100);

/** RFC 5322 §2.1.1 bounds a header line at 998 characters; a line break would let a caller write headers of its own. */
export const subjectSchema = legible(oneLine(900));

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
