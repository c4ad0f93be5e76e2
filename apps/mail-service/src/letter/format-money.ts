import type { Locale, Money } from '@event-bus/event-catalog';

/** The mails' languages as Intl knows them. */
const INTL_LOCALES: Readonly<Record<Locale, string>> = { ko: 'ko-KR', en: 'en' };

/**
 * ISO 4217's minor units where there are not two of them. Intl has a table too, but of what people write (CLDR): there
 * a forint has no decimals and an Iraqi dinar none, and an amount in minor units would show a hundred times too large.
 */
const MINOR_UNIT_DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW'),
};

/** `{ amount: 24000, currency: 'KRW' }` → `₩24,000`; `{ amount: 1250, currency: 'USD' }` → `$12.50`. */
export function formatMoney({ amount, currency }: Money, locale: Locale): string {
  const minorDigits = MINOR_UNIT_DIGITS[currency] ?? 2;
  const format = new Intl.NumberFormat(INTL_LOCALES[locale], {
    style: 'currency',
    currency,
    minimumFractionDigits: minorDigits,
    maximumFractionDigits: minorDigits,
  });
  return format.format(asDecimal(amount, minorDigits));
}

/** As text: a division would leave the integers and round the largest amounts. */
function asDecimal(amount: number, minorDigits: number): Intl.StringNumericLiteral {
  if (minorDigits === 0) return `${amount}`;
  const figures = String(amount).padStart(minorDigits + 1, '0');
  return `${figures.slice(0, -minorDigits)}.${figures.slice(-minorDigits)}` as Intl.StringNumericLiteral;
}

function digits(count: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, count]));
}
