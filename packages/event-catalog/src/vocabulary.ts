import { z } from 'zod';

/** Schemas that several events share. */

/** Languages the mails are written in. */
export const locales = ['ko', 'en'] as const;
export const localeSchema = z.enum(locales);
export type Locale = z.output<typeof localeSchema>;

/**
 * The HTML standard's pattern of an address, with at least one dot in its domain and a top-level domain that starts with
 * a letter. zod's own pattern refuses top-level domains such as .한국 (`xn--3e0b707e`). It has no flag `i`, which JSON
 * Schema could not express.
 */
const ADDRESS =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/**
 * An address as mail servers exchange it, with its domain in ASCII. RFC 5321 §4.5.3.1.3 bounds a path at 256 octets with
 * its brackets.
 */
export const emailAddressSchema = z.email({ pattern: ADDRESS }).max(254);

/** RFC 5321 §4.5.3.1.1 bounds a local part at 64 octets, and without quotes its dots stand between characters (§4.1.2). */
const DOT_ATOM_OF_64 = /^(?=[^@]{1,64}@)[^.@]+(?:\.[^.@]+)*@/;

/**
 * An address that mail servers accept. New input is checked by this schema. Facts keep `emailAddressSchema`, so that
 * events published earlier stay readable.
 */
export const mailableAddressSchema = emailAddressSchema.regex(
  DOT_ATOM_OF_64,
  'up to 64 characters before the @, with single dots between them',
);

/**
 * A phone number in E.164: `+`, the code of the country, and at most 15 digits together. New input is checked against the
 * numbering plan of its country; facts keep the form alone.
 */
export const phoneNumberSchema = z.string().regex(/^\+[1-9]\d{6,14}$/, 'a phone number such as +821012345678');

/** One line of text. A NUL could not even be stored: PostgreSQL's text has none. */
function oneLine(charactersMax: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'one line without control characters')
    .meta({ description: 'Spaces at both ends are removed, and the bounds apply to the rest.' });
}

/** Characters that change the direction of a line, break it, or are half a surrogate pair. */
const MISLEADING = /[\p{Bidi_Control}\p{Cs}\u2028\u2029]/u;

/** A visible character. The braille blank (U+2800) is a symbol to Unicode, and a space to the eye. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800])[^\p{White_Space}\p{C}]/u;

/**
 * A line that a person can read: it has a visible character, and none that changes the direction of the text around it.
 * New input is checked by it; events published earlier are read without it.
 */
export function legible(line: z.ZodString): z.ZodString {
  return line
    .refine((text) => text === '' || VISIBLE.test(text), 'must have a visible character')
    .refine((text) => !MISLEADING.test(text), 'must be one line without characters that change its direction');
}

export const personNameSchema = oneLine(100);

/** RFC 5322 §2.1.1 limits a header line to 998 characters; a line break would let a caller inject headers. */
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

/** Limits an order, its event and its mail alike. */
export const ORDER_ITEMS_MAX = 100;
