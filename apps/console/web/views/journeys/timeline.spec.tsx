// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest';
import { showLanguage } from '../../words/words.ts';
import { figuresOf } from './timeline.tsx';

beforeEach(async () => showLanguage('en'));

const textsOf = (...times: number[]) =>
  figuresOf(times.map((ms) => ({ ms, place: 0, isDashed: false, hasLabel: true }))).map(({ text }) => text);

it('figures under the axis count from the start', () => {
  expect(textsOf(0, 50, 1_500, 61_000)).toEqual(['0', '50 ms', '1.50 s', '1:01']);
});

it('figures that would read the same after a long wait count from the first of them', () => {
  expect(textsOf(0, 100, 900_000, 900_050, 900_500, 960_000)).toEqual([
    '0',
    '100 ms',
    '15:00',
    '+50 ms',
    '+500 ms',
    '16:00',
  ]);
});
