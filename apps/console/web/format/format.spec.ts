// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import { showLanguage } from '../words/words.ts';
import { age, axisTime, clock, codeOf, count, duration, lagTime, perSecond } from './format.ts';

beforeEach(() => showLanguage('en'));

describe('figures', () => {
  it('keep all digits of a 64-bit number', () => {
    expect(count('9007199254740993')).toBe('9,007,199,254,740,993');
    expect(count(12_408)).toBe('12,408');
    expect(count('988')).toBe('988');
  });

  it('show what is not known as a dash, not as zero', () => {
    expect([count(null), duration(null), lagTime(null)]).toEqual(['–', '–', '–']);
  });

  it.each([
    ['250 OK', '250 OK'],
    ['550 5.1.1 no-such-user@example.com: Recipient rejected', '550'],
    ['connect ECONNREFUSED 127.0.0.1:1025', 'ECONNREFUSED'],
    ['the mail was not accepted: Mail command failed: 451 4.7.1 try again', '451'],
    ['a record of 450 bytes is too large', null],
    ['accepting connections', null],
    [null, null],
  ])('show the code of %s', (answer, code) => {
    expect(codeOf(answer)).toBe(code);
  });

  it.each([
    [41, '41 ms'],
    [999.4, '999 ms'],
    [999.6, '1.00 s'],
    [8_984, '8.98 s'],
    [12_340, '12.3 s'],
    [88_400, '1 min 28 s'],
    [840_000, '14 min'],
    [7_520_000, '2 h 5 min'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [1_500, '1.50 s'],
    [88_400, '1:28'],
    [7_505_000, '2:05:05'],
  ])('shows %d ms under an axis as %s', (ms, text) => {
    expect(axisTime(ms)).toBe(text);
  });

  it('show a rate that is not zero as more than zero', () => {
    expect([0, 0.017, 0.05, 2.34, 1_234].map(perSecond)).toEqual(['0', '< 0.1', '0.1', '2.3', '1,234']);
  });

  it('show ages in the language of the page', async () => {
    await showLanguage('ko');
    expect([age(4.6), age(840), age(7_300), age(200_000)]).toEqual(['4초', '14분', '2시간', '2일']);
  });

  it('in Korean keep the symbol ms, and have a word for each longer unit', async () => {
    await showLanguage('ko');
    expect([41, 8_984, 12_340, 88_400, 840_000].map(duration)).toEqual([
      '41 ms',
      '8.98초',
      '12.3초',
      '1분 28초',
      '14분',
    ]);
    expect([0, 0.12, 44].map(lagTime)).toEqual(['0초', '0.1초', '44초']);
  });

  it('show Korean times in Seoul', async () => {
    await showLanguage('ko');
    expect(clock('2026-11-21T00:12:41.204Z', true)).toBe('09:12:41.204');
  });
});
