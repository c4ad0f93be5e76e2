import type { Locale, Money } from '@event-bus/event-catalog';
import { minorUnitDigits } from './currency.ts';

/** The mails' languages as Intl knows them. */
const INTL_LOCALES: Readonly<Record<Locale, string>> = { ko: 'ko-KR', en: 'en' };

/**
 * `{ amount: 24000, currency: 'KRW' }` → `₩24,000`; `{ amount: 1250, currency: 'USD' }` → `$12.50`.
 *
 * The decimals are those of ISO 4217, in which the amount is counted. Intl uses those that people write (CLDR): there a
 * forint has none, and the amount would be shown a hundred times too large.
 */
export function formatMoney({ amount, currency }: Money, locale: Locale): string {
  const digits = minorUnitDigits(currency);
  const format = new Intl.NumberFormat(INTL_LOCALES[locale], {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(asDecimal(amount, digits));
}

/** As text: a division would round the largest amounts. */
function asDecimal(amount: number, digits: number): Intl.StringNumericLiteral {
  if (digits === 0) return `${amount}`;
  const figures = String(amount).padStart(digits + 1, '0');
  return `${figures.slice(0, -digits)}.${figures.slice(-digits)}` as Intl.StringNumericLiteral;
}
