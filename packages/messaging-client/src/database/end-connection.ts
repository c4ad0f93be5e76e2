import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** What is used of pg's client beyond its types. */
export type TransactionClient = ClientBase & {
  getTransactionStatus(): string | null;
  readonly readyForQuery: boolean;
  readonly processID: number | null;
  readonly pipeline: boolean;
  readonly connection: { readonly stream: Socket };
};

/** What is used of TypeORM's query runner beyond its types: a release with an error takes the connection out of the pool. */
export interface TransactionRunner extends QueryRunner {
  readonly databaseConnection?: TransactionClient;
  connect(): Promise<TransactionClient>;
  releasePostgresConnection(error: Error): Promise<void>;
}

/** Its process id may be another session's by the time this is run, but not one's that is as old. */
const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE pid = $1 AND backend_start < clock_timestamp() - $2::double precision * interval '1 millisecond'`;

/**
 * Closes the connection of a transaction that is not to go on: PostgreSQL rolls it back, the pool has its place again, and
 * who still holds the manager gets an error from it.
 */
export function endConnection(runner: TransactionRunner, reason: Error): void {
  const client = runner.databaseConnection;
  if (client === undefined || runner.isReleased) return;
  void runner.releasePostgresConnection(reason);
  client.connection.stream.destroy();
}

/**
 * Ends the session of a connection that is being closed. PostgreSQL does not look at the connection while it waits for a
 * lock or computes, and what the transaction has locked stays locked until then.
 */
export async function terminateBackend(
  dataSource: DataSource,
  { processID }: TransactionClient,
  heldMs: number,
): Promise<void> {
  try {
    await dataSource.query(TERMINATE, [processID, heldMs]);
  } catch {
    // Its statement_timeout ends it, or the database is unavailable and the session with it.
  }
}
