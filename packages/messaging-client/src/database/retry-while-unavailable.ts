import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { Backoff } from '../backoff.ts';
import { isOutage } from './is-outage.ts';
import { databaseErrorKind } from './database-errors.ts';
import { DATABASE_RETRY_MS } from '../limits.ts';

/**
 * Writes down something that is known and would be forgotten: it is tried for as long as the database is unavailable, or a
 * lock or a time-out is in the way, and this process lives. To fail instead would make a certain outcome one in doubt.
 *
 * After the time-out of the attempt that writes, `signal`, only an unavailable database is waited for. What times out by
 * itself would be tried for ever, with a connection each time, beside the attempts that follow.
 */
export async function retryWhileUnavailable<Result>(
  dataSource: DataSource,
  write: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const backoff = new Backoff(DATABASE_RETRY_MS);
  for (;;) {
    try {
      return await write();
    } catch (error) {
      // A service that stops closes its connections for good.
      if (!isWorthAnotherTry(error, signal) || !dataSource.isInitialized) throw error;
    }
    await delay(backoff.nextMs());
  }
}

function isWorthAnotherTry(error: unknown, signal: AbortSignal | undefined): boolean {
  return isOutage(error) || (databaseErrorKind(error) !== undefined && signal?.aborted !== true);
}
