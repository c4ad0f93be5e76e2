import { describe, expect, it } from 'vitest';
import { parsePlace } from './place.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');

describe('a place in a topic', () => {
  it.each([
    ['120', { kind: 'offset', offset: 120n }],
    ['start', { kind: 'start' }],
    ['end', { kind: 'end' }],
    ['15m', { kind: 'time', time: new Date('2026-11-21T11:45:00.000Z') }],
    ['2d', { kind: 'time', time: new Date('2026-11-19T12:00:00.000Z') }],
    ['2026-11-21T09:00:00+09:00', { kind: 'time', time: new Date('2026-11-21T00:00:00.000Z') }],
  ])('is %s', (text, place) => {
    expect(parsePlace('--from', text, NOW)).toEqual(place);
  });

  it.each(['', '-1', 'yesterday', '15 m', '2026-13-45', '1e3', '9999999999999999999'])('is not "%s"', (text) => {
    expect(() => parsePlace('--from', text, NOW)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining('--from') }),
    );
  });
});
