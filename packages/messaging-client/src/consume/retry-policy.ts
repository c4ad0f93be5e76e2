import { backoffMs } from '../backoff.ts';
import type { BackoffBounds } from '../backoff.ts';
import { isUnknownVersion, PermanentError } from '../errors.ts';
import {
  PARKED_DELAY_MS,
  QUICK_ATTEMPTS_MAX,
  QUICK_DELAY_MS,
  RESEND_DELAY_MS,
  UNKNOWN_VERSION_WAIT_MS_MAX,
} from '../limits.ts';

/** What is known of a record when an attempt fails. */
export interface AttemptHistory {
  /** Attempts so far, the failed one included. */
  readonly attempt: number;
  /** Attempts that count towards giving up, the failed one included if it does. */
  readonly failures: number;
  /** So many attempts that count, and the record is given up. */
  readonly attemptsMax: number;
  /** For how long it has waited in the database; undefined in its lane, where quick attempts come first. */
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
  | { readonly giveUp: 'permanent' | 'exhausted' | 'expired' | 'unknown-version' | 'outcome unknown' }
  /** Soon, at the head of its lane in memory. */
  | { readonly tryAgainInMs: number }
  /** Later, from the database; its key waits there too. */
  | { readonly parkForMs: number };

/**
 * Decides what follows a failed attempt: a few quick attempts for a short disturbance, then slower ones from the database. A record
 * is given up when its handler says that it is permanent, when it keeps failing although nothing is unavailable, and when it
 * has waited for too long, whatever for.
 *
 * A newer version than this service knows becomes readable by a deployment, so it waits for one, without quick attempts.
 *
 * An outside effect of unknown outcome is attempted again only a few times, at longer and longer intervals.
 */
export function decideRetry(
  error: unknown,
  history: AttemptHistory,
  { parkedDelayMs, resendDelayMs }: RetryDelays = DELAYS,
): RetryDecision {
  const { attempt, failures, attemptsMax, parkedForMs, parkedAgeMaxMs, unconfirmed, resendsMax } = history;
  if (error instanceof PermanentError) return { giveUp: 'permanent' };
  if (isUnknownVersion(error)) {
    const waitMsMax = Math.min(UNKNOWN_VERSION_WAIT_MS_MAX, parkedAgeMaxMs);
    if (parkedForMs !== undefined && parkedForMs >= waitMsMax) return { giveUp: 'unknown-version' };
    return { parkForMs: backoffMs(attempt, parkedDelayMs) };
  }
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
