import { expect, it } from 'vitest';
import { segmentsOf } from './segments.ts';

it.each([
  ['a text of 160 characters of GSM-7', 'a'.repeat(160), 1],
  ['one more', 'a'.repeat(161), 2],
  ['two full parts', 'a'.repeat(306), 2],
  ['one more than two parts', 'a'.repeat(307), 3],
  ['80 signs that take two places each', '€'.repeat(80), 1],
  ['81 of them', '€'.repeat(81), 2],
  ['a text of 70 Korean characters', '가'.repeat(70), 1],
  ['71 of them', '가'.repeat(71), 2],
  ['35 pictures of two code units', '🎉'.repeat(35), 1],
  ['36 of them', '🎉'.repeat(36), 2],
  ['160 characters of which one is not in GSM-7', `${'a'.repeat(159)}₩`, 3],
])('%s is sent in %3$d parts', (_, text, parts) => {
  expect(segmentsOf(text)).toBe(parts);
});
