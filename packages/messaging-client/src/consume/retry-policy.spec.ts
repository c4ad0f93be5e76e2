import { describe, expect, it } from 'vitest';
import { MessagingError, PermanentError, TransientError } from '../errors.ts';
import {
  PARKED_AGE_MS_MAX,
  PARKED_DELAY_MS,
  QUICK_ATTEMPTS_MAX,
  RESEND_DELAY_MS,
  RESENDS_MAX,
  UNKNOWN_VERSION_WAIT_MS_MAX,
} from '../limits.ts';
import { decideRetry } from './retry-policy.ts';
import type { AttemptHistory } from './retry-policy.ts';

const bounds = { attemptsMax: 30, parkedAgeMaxMs: PARKED_AGE_MS_MAX, resendsMax: RESENDS_MAX };
const inLane = (attempt: number): AttemptHistory => ({ ...bounds, attempt, failures: attempt, parkedForMs: undefined });
const parked = (attempt: number, failures: number): AttemptHistory => ({
  ...bounds,
  attempt,
  failures,
  parkedForMs: 1_000,
});

describe('the retry policy', () => {
  it('attempts a few times quickly, then parks', () => {
    for (let attempt = 1; attempt < QUICK_ATTEMPTS_MAX; attempt += 1) {
      expect(decideRetry(new Error('?'), inLane(attempt))).toHaveProperty('tryAgainInMs');
    }
    expect(decideRetry(new Error('?'), inLane(QUICK_ATTEMPTS_MAX))).toHaveProperty('parkForMs');
  });

  it('gives up at once when the handler says that another attempt cannot help', () => {
    expect(decideRetry(new PermanentError('mailbox unavailable'), inLane(1))).toEqual({ giveUp: 'permanent' });
  });

  it('gives up what keeps failing, after as many attempts as the handler allows', () => {
    expect(decideRetry(new Error('a bug'), parked(29, 29))).toHaveProperty('parkForMs');
    expect(decideRetry(new Error('a bug'), parked(30, 30))).toEqual({ giveUp: 'exhausted' });
    expect(decideRetry(new Error('a bug'), { ...inLane(1), attemptsMax: 1 })).toEqual({ giveUp: 'exhausted' });
    expect(decideRetry(undefined, { ...inLane(1), attemptsMax: 1 })).toEqual({ giveUp: 'exhausted' });
  });

  it('gives up what has waited for too long, though every attempt of it failed by an outage', () => {
    const history = { ...parked(1_000, 0), parkedForMs: PARKED_AGE_MS_MAX - 1 };
    expect(decideRetry(new TransientError('down'), history)).toHaveProperty('parkForMs');
    expect(decideRetry(new TransientError('down'), { ...history, parkedForMs: PARKED_AGE_MS_MAX })).toEqual({
      giveUp: 'expired',
    });
  });

  it('attempts an effect of unknown outcome again a few times, each later than the one before, and never quickly', () => {
    const waits = Array.from({ length: RESENDS_MAX }, (_, index) => {
      const decision = decideRetry(new Error('no answer'), { ...inLane(index + 1), unconfirmed: index + 1 });
      return (decision as { parkForMs: number }).parkForMs;
    });
    expect(waits[0]).toBeGreaterThan(RESEND_DELAY_MS.first / 2);
    for (const [index, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThan(2 * waits[index]!);
    const last = { ...inLane(RESENDS_MAX + 1), unconfirmed: RESENDS_MAX + 1 };
    expect(decideRetry(new Error('no answer'), last)).toEqual({ giveUp: 'outcome unknown' });
  });

  it('lets a newer version wait for a deployment, for its own time or that of the handler, whichever is shorter', () => {
    const unknown = new MessagingError('EVENT_VERSION_UNKNOWN', 'thing v2 came');
    const waited = (parkedForMs: number, changes: Partial<AttemptHistory> = {}) =>
      decideRetry(unknown, { ...parked(9_000, 0), parkedForMs, ...changes });
    expect(decideRetry(unknown, inLane(1))).toHaveProperty('parkForMs');
    expect(waited(UNKNOWN_VERSION_WAIT_MS_MAX - 1)).toHaveProperty('parkForMs');
    expect(waited(UNKNOWN_VERSION_WAIT_MS_MAX)).toEqual({ giveUp: 'unknown-version' });
    expect(waited(1_000, { parkedAgeMaxMs: 1_000 })).toEqual({ giveUp: 'unknown-version' });
  });

  it('waits longer from attempt to attempt, up to its bound', () => {
    const waits = [QUICK_ATTEMPTS_MAX, QUICK_ATTEMPTS_MAX + 3, 1_000].map((attempt) => {
      const decision = decideRetry(new TransientError('down'), parked(attempt, 0));
      return (decision as { parkForMs: number }).parkForMs;
    });
    expect(waits[0]).toBeLessThanOrEqual(PARKED_DELAY_MS.first);
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
    expect(waits[2]).toBeLessThanOrEqual(PARKED_DELAY_MS.max);
  });
});
