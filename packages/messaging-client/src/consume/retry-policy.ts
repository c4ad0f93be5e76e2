import { PermanentError } from '../errors.ts';
import { backoffMs } from '../backoff.ts';
import { RETRY_DELAY_MS } from '../limits.ts';

export type Verdict = { tryAgainInMs: number } | { giveUp: PermanentError };

/** Only a handler knows that trying again is in vain; every other failure may pass, so nothing is tried to death. */
export function judgeFailure(error: unknown, attempt: number): Verdict {
  if (error instanceof PermanentError) return { giveUp: error };
  return { tryAgainInMs: backoffMs(attempt, RETRY_DELAY_MS) };
}
