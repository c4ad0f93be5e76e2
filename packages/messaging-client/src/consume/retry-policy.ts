import { backoffMs } from '../backoff.ts';
import type { BackoffBounds } from '../backoff.ts';
import { PermanentError } from '../errors.ts';
import { PARKED_DELAY_MS, QUICK_ATTEMPTS_MAX, QUICK_DELAY_MS, RESEND_DELAY_MS } from '../limits.ts';

/** Where a record stands when a try of it fails. */
export interface AttemptHistory {
  /** Tries so far, the failed one included. */
  readonly attempt: number;
  /** Tries that count towards giving up, the failed one included if it does. */
  readonly failures: number;
  /** Tries that count after which the record is given up. */
  readonly attemptsMax: number;
  /** For how long it has waited in the database; undefined in its lane, where quick tries come first. */
  readonly parkedForMs: number | undefined;
  readonly parkedAgeMaxMs: number;
  /** Attempts of which it is not known whether they acted, the failed one included; undefined when nothing is in doubt. */
  readonly unconfirmed?: number | undefined;
  readonly resendsMax: number;
}

export interface RetryDelays {
  readonly parkedDelayMs: BackoffBounds;
  readonly resendDelayMs: BackoffBounds;
}

export type RetryDecision =
  | { readonly giveUp: 'permanent' | 'exhausted' | 'expired' | 'outcome unknown' }
  /** Soon, at the head of its lane in memory. */
  | { readonly tryAgainInMs: number }
  /** Later, from the database; its key waits there too. */
  | { readonly parkForMs: number };

/**
 * A few quick tries for a blip, then slower ones from the database. Given up is what the handler calls permanent, what
 * keeps failing though nothing is unavailable, and what has waited for too long: an outage that never ends is a reason too.
 *
 * An outside effect of unknown outcome is tried again a few times only, at longer and longer intervals.
 */
export function decideRetry(
  error: unknown,
  standing: AttemptHistory,
  { parkedDelayMs, resendDelayMs }: RetryDelays = DELAYS,
): RetryDecision {
  const { attempt, failures, attemptsMax, parkedForMs, parkedAgeMaxMs, unconfirmed, resendsMax } = standing;
  if (error instanceof PermanentError) return { giveUp: 'permanent' };
  if (unconfirmed !== undefined && unconfirmed > resendsMax) return { giveUp: 'outcome unknown' };
  if (failures >= attemptsMax) return { giveUp: 'exhausted' };
  if (parkedForMs !== undefined && parkedForMs >= parkedAgeMaxMs) return { giveUp: 'expired' };
  if (unconfirmed !== undefined) return { parkForMs: backoffMs(unconfirmed, resendDelayMs) };
  if (parkedForMs === undefined && attempt < QUICK_ATTEMPTS_MAX) {
    return { tryAgainInMs: backoffMs(attempt, QUICK_DELAY_MS) };
  }
  const slowAttempt = Math.max(1, attempt - QUICK_ATTEMPTS_MAX + 1);
  return { parkForMs: backoffMs(slowAttempt, parkedDelayMs) };
}

const DELAYS: RetryDelays = { parkedDelayMs: PARKED_DELAY_MS, resendDelayMs: RESEND_DELAY_MS };
