import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../errors.ts';
import { PARKED_DELAY_MS, QUICK_ATTEMPTS_MAX } from '../limits.ts';
import { judgeFailure } from './retry-policy.ts';

const inLane = (attempt: number, attemptsMax = 30) => ({
  attempt,
  failures: attempt - 1,
  attemptsMax,
  parked: false,
});
const parked = (attempt: number, failures: number) => ({ attempt, failures, attemptsMax: 30, parked: true });

describe('the retry policy', () => {
  it('tries a few times quickly, then parks', () => {
    for (let attempt = 1; attempt < QUICK_ATTEMPTS_MAX; attempt += 1) {
      expect(judgeFailure(new Error('?'), inLane(attempt))).toHaveProperty('tryAgainInMs');
    }
    expect(judgeFailure(new Error('?'), inLane(QUICK_ATTEMPTS_MAX))).toMatchObject({ failures: QUICK_ATTEMPTS_MAX });
  });

  it('gives up at once when the handler says that trying again is in vain', () => {
    expect(judgeFailure(new PermanentError('mailbox unavailable'), inLane(1))).toEqual({ giveUp: 'permanent' });
  });

  it('gives up what keeps failing, after as many tries as the handler allows', () => {
    expect(judgeFailure(new Error('a bug'), parked(29, 28))).toHaveProperty('parkForMs');
    expect(judgeFailure(new Error('a bug'), parked(30, 29))).toEqual({ giveUp: 'exhausted' });
    expect(judgeFailure(new Error('a bug'), inLane(1, 1))).toEqual({ giveUp: 'exhausted' });
    expect(judgeFailure(undefined, inLane(1, 1))).toEqual({ giveUp: 'exhausted' });
  });

  it('tries nothing to death while something is away', () => {
    expect(judgeFailure(new TransientError('busy'), parked(1_000, 29))).toMatchObject({ failures: 29 });
    expect(judgeFailure(Object.assign(new Error('…'), { code: 'ECONNREFUSED' }), parked(1_000, 29))).toMatchObject({
      failures: 29,
    });
  });

  it('waits longer from try to try, up to its bound', () => {
    const waits = [QUICK_ATTEMPTS_MAX, QUICK_ATTEMPTS_MAX + 3, 1_000].map((attempt) => {
      const verdict = judgeFailure(new TransientError('down'), parked(attempt, 0));
      return (verdict as { parkForMs: number }).parkForMs;
    });
    expect(waits[0]).toBeLessThanOrEqual(PARKED_DELAY_MS.first);
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
    expect(waits[2]).toBeLessThanOrEqual(PARKED_DELAY_MS.max);
  });
});
