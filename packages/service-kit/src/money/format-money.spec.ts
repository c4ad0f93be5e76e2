import { expect, it } from 'vitest';
import { formatMoney } from './format-money.ts';

it.each([
  [24_000, 'KRW', 'ko', '₩24,000'],
  [24_000, 'KRW', 'en', '₩24,000'],
  [1250, 'USD', 'en', '$12.50'],
  [1250, 'USD', 'ko', 'US$12.50'],
  [5, 'USD', 'en', '$0.05'],
  [0, 'EUR', 'en', '€0.00'],
  [1_234_567, 'BHD', 'en', 'BHD 1,234.567'],
  [1_234, 'IQD', 'en', 'IQD 1.234'],
  [500, 'HUF', 'en', 'HUF 5.00'],
  [9_007_199_254_740_991, 'USD', 'en', '$90,071,992,547,409.91'],
] as const)('%i minor units of %s in %s read %s', (amount, currency, locale, text) => {
  // Intl parts the code from the figures by a space that must not break.
  expect(formatMoney({ amount, currency }, locale).replaceAll('\u00a0', ' ')).toBe(text);
});
