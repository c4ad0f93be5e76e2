// @vitest-environment jsdom
import { afterEach, expect, it } from 'vitest';
import { language } from '../preferences.ts';
import { dayAndTime } from './format.ts';
import { momentOf } from './moment.ts';

afterEach(() => void (language.value = 'en'));

it.each([
  ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T09:00Z', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21T09:00:00.250+09:00', '2026-11-21T00:00:00.250Z'],
  ['2026-11-21T09:00:00 09:00', '2026-11-21T00:00:00.000Z'],
  ['2026-11-21T09:00:00', null],
  ['2026-02-30T09:00:00Z', null],
  ['2026-02-30', null],
  ['2026-13-01', null],
  ['2026-11-21T25:00:00Z', null],
  ['1h', null],
  ['yesterday', null],
])('%s is the moment %s', (given, moment) => {
  expect(momentOf(given)).toBe(moment);
});

it('a day is from its first moment to its last where the reader is', () => {
  const local = (day: number) => new Date(2026, 10, day).toISOString();
  expect([momentOf('2026-11-21'), momentOf('2026-11-21', true)]).toEqual([local(21), local(22)]);
  language.value = 'ko';
  expect([momentOf('2026-11-21'), momentOf('2026-11-21', true)]).toEqual([
    '2026-11-20T15:00:00.000Z',
    '2026-11-21T15:00:00.000Z',
  ]);
});

it('a moment is shown in the zone of the page', () => {
  language.value = 'ko';
  expect(dayAndTime('2026-11-20T15:00:00.000Z')).toBe('2026-11-21 00:00');
});
