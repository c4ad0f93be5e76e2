import { describe, expect, it } from 'vitest';
import type { Chaos } from '../../../src/api.ts';
import { areaUnder, chartOf } from './chart-lines.ts';

const point = (accepted: number | null, parked = 0, hasFault = false): Chaos['chart'][number] => ({
  at: '2026-11-21T00:12:02.930Z',
  acceptedPerSecond: accepted,
  mailedPerSecond: accepted,
  parked,
  hasFault,
});

describe('the lines of the chart', () => {
  it('span the width, and their scale ends at a figure that can be read', () => {
    const { accepted, rateMax, parkedMax } = chartOf([point(0), point(3.5, 231), point(7)]);
    expect([rateMax, parkedMax]).toEqual([8, 400]);
    expect(accepted).toBe('M0.00 100.00L50.00 56.25L100.00 12.50');
  });

  it('have a gap where a source gave no figure, not a zero', () => {
    expect(chartOf([point(4), point(null), point(4), point(4)]).accepted).toBe('M0.00 0.00M66.67 0.00L100.00 0.00');
  });

  it('have no ground under a gap', () => {
    expect(areaUnder('M0.00 50.00L25.00 40.00M75.00 0.00L100.00 0.00')).toBe(
      'M0.00 50.00L25.00 40.00L25.00 100L0.00 100ZM75.00 0.00L100.00 0.00L100.00 100L75.00 100Z',
    );
  });

  it('shade each time that a fault was on', () => {
    const points = [point(1), point(1, 0, true), point(1, 0, true), point(1), point(1, 0, true)];
    expect(chartOf(points).faults).toEqual([
      [25, 75],
      [100, 100],
    ]);
  });

  it('are there before the first point', () => {
    expect(chartOf([]).accepted).toBe('M0 100');
  });
});
