import { formatDuration } from '../format-duration.ts';

/** A transaction that has appended to the outbox and is still open: younger rows of its shards wait for its end. */
export interface OpenTransaction {
  /** The server's process, as `pg_terminate_backend` takes it. */
  readonly pid: number;
  readonly openMs: number;
  /** As `pg_stat_activity` has it: `active`, `idle in transaction`. */
  readonly state: string;
  readonly application: string;
}

export function warningOf({ pid, openMs, state, application }: OpenTransaction): string {
  return `the transaction of pid ${pid} (${application}, ${state}) has appended and is open for ${formatDuration(openMs)}; younger events wait for it`;
}
