import { ownDatabase, queryOf } from '@event-bus/messaging-client';
import { DataSource, MigrationExecutor } from 'typeorm';
import type { DataSourceOptions, Migration } from 'typeorm';
import { MIGRATION_LOCK_TIMEOUT_MS } from '../limits.ts';

/** Any number does, as long as all instances agree on it and nothing else in the database uses it. */
const MIGRATION_LOCK = 7_263_118_011;

/**
 * Brings the schema up to date over one connection of its own. Instances that start together take turns: the first
 * one migrates while the others wait on an advisory lock, which PostgreSQL releases when a holder dies.
 *
 * A database that belongs to another service is left as it is. It is done before the service's own pool
 * opens: where that is open the tables are there.
 */
export async function runMigrations(options: DataSourceOptions, service: string): Promise<Migration[]> {
  const migrating = await new DataSource(options).initialize();
  const runner = migrating.createQueryRunner();
  try {
    await runner.query(`SET lock_timeout = ${MIGRATION_LOCK_TIMEOUT_MS}`);
    await runner.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await ownDatabase(queryOf(runner), service);
    const executor = new MigrationExecutor(migrating, runner);
    // One transaction each, so that a failure leaves the schema at a migration's border.
    executor.transaction = 'each';
    return await executor.executePendingMigrations();
  } finally {
    // Ends the session, and with it the lock.
    await runner.release();
    await migrating.destroy();
  }
}
