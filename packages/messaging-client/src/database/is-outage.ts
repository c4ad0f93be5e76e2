import { causesOf, databaseErrorKind } from './database-errors.ts';
import { MessagingError, TransientError } from '../errors.ts';
import type { MessagingErrorCode } from '../errors.ts';

const BUSY: ReadonlySet<MessagingErrorCode> = new Set(['CLAIM_HELD_ELSEWHERE', 'INSTANCE_LOCK_LOST']);

/**
 * Whether something is unavailable or busy for now: then the failure says nothing about the record, and does not count
 * towards giving it up. That includes whatever a handler calls over the network.
 */
export function isOutage(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (cause instanceof TransientError) return true;
    if (cause instanceof MessagingError && BUSY.has(cause.code)) return true;
  }
  const kind = databaseErrorKind(error);
  return kind === 'unavailable' || kind === 'contention';
}

/** A bound of ours ran out. It may be the record's doing; trying the same at once takes as long again. */
export function isTimeout(error: unknown): boolean {
  if (error instanceof MessagingError) return error.code === 'HANDLER_TIMED_OUT';
  return databaseErrorKind(error) === 'undecided';
}
