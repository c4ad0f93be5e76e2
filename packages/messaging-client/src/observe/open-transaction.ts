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
  const seconds = Math.round(openMs / 1_000);
  return `the transaction of pid ${pid} (${application}, ${state}) has appended and is open for ${seconds} s; younger events wait for it`;
}
