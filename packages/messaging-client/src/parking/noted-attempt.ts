import { printable } from '../envelope/printable.ts';
import { NOTED_ATTEMPTS_MAX, NOTED_ERROR_CHARACTERS_MAX } from '../limits.ts';

/** A failed attempt to handle a record, as its parked record and its dead letter keep it. */
export interface NotedAttempt {
  /** When it failed, by the clock of the instance: ISO 8601. */
  readonly at: string;
  /** From 1; again from 1 after a redrive. */
  readonly attempt: number;
  /** The error's message, shortened. */
  readonly error: string;
}

/** The history with one more attempt; the oldest are left out beyond NOTED_ATTEMPTS_MAX. */
export function withAttempt(history: readonly NotedAttempt[], attempt: number, error: Error): readonly NotedAttempt[] {
  const noted = {
    at: new Date().toISOString(),
    attempt,
    error: printable(error.message).slice(0, NOTED_ERROR_CHARACTERS_MAX),
  };
  return [...history, noted].slice(-NOTED_ATTEMPTS_MAX);
}
