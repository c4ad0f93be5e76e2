import { expect, it } from 'vitest';
import { formatDuration } from './format-duration.ts';

it.each([
  [0, '0 s'],
  [400, '0.4 s'],
  [3_000, '3 s'],
  [61_000, '61 s'],
  [600_000, '10 min'],
  [7_200_000, '2 h'],
  [604_800_000, '7 d'],
])('shows %i ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
