import { backoffMs } from '../backoff.ts';
import type { BackoffBounds } from '../backoff.ts';
import { PermanentError } from '../errors.ts';
import { PARKED_DELAY_MS, QUICK_ATTEMPTS_MAX, QUICK_DELAY_MS } from '../limits.ts';
import { isOutage } from './is-outage.ts';

/** Where a record stands when a try of it fails. */
export interface Standing {
  /** Tries so far, the failed one included. */
  readonly attempt: number;
  /** Tries before it that count towards giving up. */
  readonly failures: number;
  /** Tries that count after which the record is given up. */
  readonly attemptsMax: number;
  /** It waits in the database already, so a quick try in its lane is over. */
  readonly parked: boolean;
}

export type Verdict =
  | { readonly giveUp: 'permanent' | 'exhausted' }
  /** Soon, at the head of its lane in memory. */
  | { readonly tryAgainInMs: number }
  /** Later, from the database; its key waits there too. */
  | { readonly parkForMs: number; readonly failures: number };

/**
 * A few quick tries for a blip, then slower ones from the database. Given up is what the handler calls permanent, and what
 * keeps failing though nothing is away: during an outage nothing is tried to death.
 */
export function judgeFailure(
  error: unknown,
  { attempt, failures: before, attemptsMax, parked }: Standing,
  parkedDelayMs: BackoffBounds = PARKED_DELAY_MS,
): Verdict {
  if (error instanceof PermanentError) return { giveUp: 'permanent' };
  const failures = before + (isOutage(error) ? 0 : 1);
  if (failures >= attemptsMax) return { giveUp: 'exhausted' };
  if (!parked && attempt < QUICK_ATTEMPTS_MAX) return { tryAgainInMs: backoffMs(attempt, QUICK_DELAY_MS) };
  const slowAttempt = Math.max(1, attempt - QUICK_ATTEMPTS_MAX + 1);
  return { parkForMs: backoffMs(slowAttempt, parkedDelayMs), failures };
}
