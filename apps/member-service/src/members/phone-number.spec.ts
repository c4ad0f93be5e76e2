import fc from 'fast-check';
import { expect, it } from 'vitest';
import { phoneNumber } from './phone-number.ts';

it.each([
  ['+821012345678', '+821012345678'],
  [' +82 10-1234-5678\n', '+821012345678'],
  ['+82 010 1234 5678', '+821012345678'],
  ['+1 (202) 555-0123', '+12025550123'],
  ['+44 7911 123456', '+447911123456'],
])('%j is written to as %s', (typed, written) => {
  expect(phoneNumber.parse(typed)).toBe(written);
});

it.each([
  '',
  '+',
  '010-1234-5678',
  '00821012345678',
  '+8210123',
  '+99912345678',
  '+8210123456789012',
  'tel:+821012345678',
  '+821012345678 ext. 5',
  '+821012345678,5',
  'call +821012345678',
  '+1 800 FLOWERS',
  '＋８２１０１２３４５６７８',
])('refuses %j', (typed) => {
  expect(phoneNumber.safeParse(typed).success).toBe(false);
});

it('reads what it wrote as the same number, whatever was typed', () => {
  const unit = fc.constantFrom('0', '1', '2', '8', '9', ' ', '-', '(', ')', '.', '+', 'x', '\u00a0', '\u200b');
  fc.assert(
    fc.property(fc.constantFrom('+82', '+1', '+44', '', '+'), fc.string({ unit, maxLength: 18 }), (country, rest) => {
      const { data = '+821012345678' } = phoneNumber.safeParse(`${country}${rest}`);
      expect(phoneNumber.parse(data)).toBe(data);
    }),
    { numRuns: 2_000 },
  );
});
