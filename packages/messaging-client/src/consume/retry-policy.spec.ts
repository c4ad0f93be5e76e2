import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../errors.ts';
import { RETRY_DELAY_MS } from '../limits.ts';
import { judgeFailure } from './retry-policy.ts';

describe('the retry policy', () => {
  it('gives up only when the handler says that trying again is in vain', () => {
    const error = new PermanentError('mailbox unavailable');
    expect(judgeFailure(error, 1)).toEqual({ giveUp: error });
    expect(judgeFailure(new TransientError('busy'), 1_000)).toHaveProperty('tryAgainInMs');
    expect(judgeFailure(new Error('connection refused'), 1_000)).toHaveProperty('tryAgainInMs');
    expect(judgeFailure(undefined, 1)).toHaveProperty('tryAgainInMs');
  });

  it('waits longer from try to try, up to its bound', () => {
    const waits = [1, 4, 100].map(
      (attempt) => (judgeFailure(new Error('down'), attempt) as { tryAgainInMs: number }).tryAgainInMs,
    );
    expect(waits[0]).toBeLessThanOrEqual(RETRY_DELAY_MS.first);
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(waits[2]).toBeLessThanOrEqual(RETRY_DELAY_MS.max);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
  });
});
