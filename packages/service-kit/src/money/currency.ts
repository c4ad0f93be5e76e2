import * as currencies from 'dinero.js/currencies';
import { z } from 'zod';

/**
 * ISO 4217's minor unit of each currency in use: 0 for the won, 2 for the dollar, 3 for the Bahraini dinar. The library
 * also knows that the ariary and the ouguiya divide by five; ISO 4217 counts two decimals for both.
 */
const MINOR_UNIT_DIGITS: ReadonlyMap<string, number> = new Map(
  Object.values(currencies).map(({ code, base, exponent }) => [code, base === 10 ? exponent : 2]),
);

/** For an event that was published before codes were checked. */
const DIGITS_OF_UNKNOWN = 2;

/** A currency in use. Codes that ISO 4217 has withdrawn, and those of metals and for tests, are not accepted. */
export const currencySchema = z
  .string()
  .refine((code) => MINOR_UNIT_DIGITS.has(code), 'must be the ISO 4217 code of a currency in use, such as KRW or USD');

/** The number of decimals: 0 for the won, 2 for the dollar. */
export function minorUnitDigits(currency: string): number {
  return MINOR_UNIT_DIGITS.get(currency) ?? DIGITS_OF_UNKNOWN;
}
