import { describe, expect, it } from 'vitest';
import { LAG_EXACT_WITHIN, LAG_SAMPLE_MS, LOG_ENDS_REMEMBERED_MAX } from '../limits.ts';
import { LogEnds } from './log-ends.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** As the broker answers: the first offset, from `start` on, that was written then or later. */
function endAt(writtenAt: readonly number[], at: number, start = 0): bigint {
  const found = writtenAt.findIndex((each, offset) => offset >= start && each >= at);
  return BigInt(found < 0 ? writtenAt.length : found);
}

function lookUntilSure(ends: LogEnds, offset: bigint, writtenAt: readonly number[], start = 0): number {
  let looks = 0;
  for (let at = ends.unsureAt(offset, NOW); at !== undefined; at = ends.unsureAt(offset, NOW)) {
    ends.add(at, endAt(writtenAt, at, start));
    looks += 1;
  }
  return looks;
}

describe('LogEnds', () => {
  it.each([3 * SECOND, 90 * SECOND, 3_600 * SECOND, DAY, 7 * DAY, 3_000 * DAY])(
    'finds a backlog that is %d ms old by a few looks, to a tenth of its age',
    (age) => {
      // One record each tenth of its age, before it and after it.
      const writtenAt = Array.from({ length: 20 }, (_, n) => NOW - 2 * age + (n * age) / 10);
      const ends = new LogEnds();
      ends.note(NOW, 20n);
      expect(lookUntilSure(ends, 10n, writtenAt)).toBeLessThanOrEqual(10);
      const found = NOW - ends.writtenAt(10n, NOW)!;
      expect(Math.abs(found - age)).toBeLessThanOrEqual(Math.max(LAG_SAMPLE_MS, age * LAG_EXACT_WITHIN));
    },
  );

  it('needs no look for what was written between two samples', () => {
    const ends = new LogEnds();
    ends.note(NOW - 20 * SECOND, 5n);
    ends.note(NOW - 10 * SECOND, 15n);
    ends.note(NOW, 15n);
    expect(ends.unsureAt(9n, NOW)).toBeUndefined();
    expect(ends.writtenAt(9n, NOW)).toBe(NOW - 15 * SECOND);
  });

  it('is at least as old as what is known, while it is not known well', () => {
    const ends = new LogEnds();
    ends.note(NOW - 60 * SECOND, 5n);
    ends.note(NOW, 9n);
    expect(ends.writtenAt(3n, NOW)).toBe(NOW - 60 * SECOND);
  });

  it('takes the first record, where the log begins with offsets that hold none', () => {
    const writtenAt = Array.from({ length: 10 }, () => NOW - 600 * SECOND);
    const ends = new LogEnds();
    ends.note(NOW, 10n);
    lookUntilSure(ends, 2n, writtenAt, 4);
    expect(NOW - ends.writtenAt(2n, NOW)!).toBeCloseTo(600 * SECOND, -5);
    // Nothing but such offsets is left.
    const empty = new LogEnds();
    empty.note(NOW, 10n);
    empty.add(0, 10n);
    expect(empty.writtenAt(9n, NOW)).toBeUndefined();
  });

  it('forgets what it knew of a topic that was recreated', () => {
    const ends = new LogEnds();
    ends.note(NOW - 20 * SECOND, 100n);
    ends.note(NOW, 3n);
    expect(ends.unsureAt(1n, NOW)).toBe(0);
  });

  it('remembers a bounded number of samples, and is as sure by one more look', () => {
    const ends = new LogEnds();
    const samples = 5 * LOG_ENDS_REMEMBERED_MAX;
    const writtenAt = Array.from({ length: samples }, (_, n) => NOW - (samples - n) * LAG_SAMPLE_MS);
    for (const [n, at] of writtenAt.entries()) ends.note(at, BigInt(n));
    ends.note(NOW, BigInt(samples));
    expect(lookUntilSure(ends, 250n, writtenAt)).toBeLessThanOrEqual(10);
    expect(Math.abs(ends.writtenAt(250n, NOW)! - writtenAt[250]!)).toBeLessThanOrEqual(
      250 * LAG_SAMPLE_MS * LAG_EXACT_WITHIN,
    );
  });
});
