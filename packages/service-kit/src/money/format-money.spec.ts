import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencySchema, minorUnitDigits } from './currency.ts';
import { formatMoney } from './format-money.ts';

describe('formatMoney', () => {
  it.each([
    [24_000, 'KRW', 'ko', '₩24,000'],
    [24_000, 'KRW', 'en', '₩24,000'],
    [1250, 'USD', 'en', '$12.50'],
    [1250, 'USD', 'ko', 'US$12.50'],
    [5, 'USD', 'en', '$0.05'],
    [0, 'EUR', 'en', '€0.00'],
    [1_234_567, 'BHD', 'en', 'BHD 1,234.567'],
    [1_234, 'IQD', 'en', 'IQD 1.234'],
    [123_456, 'HUF', 'en', 'HUF 1,234.56'],
    [123_456, 'HUF', 'ko', 'HUF 1,234.56'],
    [123_456, 'LAK', 'en', 'LAK 1,234.56'],
    [123_456, 'AFN', 'en', 'AFN 1,234.56'],
    [123_456, 'MGA', 'en', 'MGA 1,234.56'],
    [12_345, 'CLF', 'en', 'CLF 1.2345'],
    [9_007_199_254_740_991, 'USD', 'en', '$90,071,992,547,409.91'],
    // Of an event from before codes were checked.
    [1250, 'ABC', 'en', 'ABC 12.50'],
  ] as const)('%i minor units of %s in %s read %s', (amount, currency, locale, text) => {
    // Intl parts the code from the figures by a space that must not break.
    expect(formatMoney({ amount, currency }, locale).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('shows every digit of every amount, with as many decimals as ISO 4217 counts', () => {
    const codes = Intl.supportedValuesOf('currency').filter((code) => currencySchema.safeParse(code).success);
    expect(codes.length).toBeGreaterThan(140);
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.constantFrom(...codes),
        fc.constantFrom('ko', 'en'),
        (amount, currency, locale) => {
          const figures = formatMoney({ amount, currency }, locale)
            .replaceAll(/[^\d.]/g, '')
            .replace(/^\.+/, '');
          const [whole, decimals = ''] = figures.split('.');
          expect(decimals).toHaveLength(minorUnitDigits(currency));
          expect(BigInt(`${whole}${decimals}`)).toBe(BigInt(amount));
        },
      ),
    );
  });
});

describe('currencySchema', () => {
  it.each(['KRW', 'USD', 'EUR', 'JPY', 'HUF', 'XCG', 'XOF'])('takes %s', (code) => {
    expect(currencySchema.safeParse(code).success).toBe(true);
  });

  it.each(['ABC', 'XTS', 'XAU', 'ANG', 'krw', 'KR', '', 'constructor'])('refuses %j', (code) => {
    expect(currencySchema.safeParse(code).success).toBe(false);
  });
});
