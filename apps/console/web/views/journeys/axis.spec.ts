import { describe, expect, it } from 'vitest';
import type { Stage } from '../../../src/api.ts';
import { timeAxis } from './axis.ts';

const START = Date.parse('2026-11-21T00:12:02.930Z');
const at = (ms: number) => new Date(START + ms).toISOString();

function stage(kind: Stage['kind'], from: number, to: number | null, failed: readonly number[] = []): Stage {
  return {
    id: `${kind}-${from}`,
    kind,
    label: '',
    group: null,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    outcome: to === null ? 'open' : 'done',
    marks: failed.map((ms) => ({ at: at(ms), kind: 'failed', text: '' })),
  };
}

const QUICK = [stage('http', 0, 20), stage('outbox', 15, 25), stage('group', 30, 40), stage('smtp', 40, 80)];
const PARKED = [
  stage('http', 0, 20),
  stage('group', 30, 352, [31, 138, 352]),
  stage('parked', 352, 8_940, [880, 1_980, 4_310]),
  stage('smtp', 8_940, 8_980),
];

describe('the axis of a timeline', () => {
  it('is to scale where nothing waits', () => {
    const axis = timeAxis(QUICK, START, START + 80);
    expect(axis.hasWaits).toBe(false);
    expect([0, 20, 40, 80].map(axis.place)).toEqual([0, 25, 50, 100]);
    expect(axis.ticks.map(({ ms }) => ms)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80]);
  });

  it('shortens waits to the same width, and keeps what runs to scale', () => {
    const { place, hasWaits } = timeAxis(PARKED, START, START + 8_980);
    expect(hasWaits).toBe(true);
    expect(place(8_980) - place(8_940)).toBeCloseTo((place(20) - place(0)) * 2, 6);
    expect(place(1_980) - place(880)).toBeCloseTo(place(8_940) - place(4_310), 6);
    expect(place(8_980)).toBeCloseTo(100, 6);
  });

  it('never turns back', () => {
    const { place } = timeAxis(PARKED, START, START + 8_980);
    const places = Array.from({ length: 900 }, (_, index) => place(index * 10));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('marks both ends of a wait, and labels no two figures on top of each other', () => {
    const { ticks } = timeAxis(PARKED, START, START + 8_980);
    expect(ticks.filter(({ isDashed }) => isDashed).map(({ ms }) => ms)).toEqual([138, 352, 880, 1_980, 4_310, 8_940]);
    const labelled = ticks.filter(({ hasLabel }) => hasLabel).map(({ place }) => place);
    const gaps = labelled.slice(1).map((place, index) => place - labelled[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7);
  });

  it('grows with what is still open', () => {
    const open = [stage('http', 0, 20), stage('parked', 30, null, [40])];
    const early = timeAxis(open, START, START + 1_000);
    const late = timeAxis(open, START, START + 60_000);
    expect(early.place(1_000)).toBeCloseTo(100, 6);
    expect(late.place(60_000)).toBeCloseTo(100, 6);
    expect(late.place(20)).toBeCloseTo(early.place(20), 6);
  });

  it('has a width even if all is known to have happened at the same moment', () => {
    expect(timeAxis([stage('http', 0, 0)], START, START).place(0)).toBeGreaterThanOrEqual(0);
    expect(timeAxis([], START, START).place(1)).toBe(100);
  });
});
