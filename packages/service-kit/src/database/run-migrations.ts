import { ownDatabase, queryOf } from '@event-bus/messaging-client';
import { DataSource, MigrationExecutor } from 'typeorm';
import type { DataSourceOptions, Migration } from 'typeorm';
import { MIGRATION_LOCK_TIMEOUT_MS } from '../limits.ts';

/** An arbitrary number, the same for all instances, that nothing else in the database uses. */
const MIGRATION_LOCK = 7_263_118_011;

/**
 * Brings the schema up to date over a connection of its own. Instances that start together take turns: the first one
 * migrates while the others wait for an advisory lock, which PostgreSQL releases when its holder dies.
 *
 * A database that belongs to another service is left unchanged. Migrations run before the service's pool opens, so the
 * tables exist once it is open.
 */
export async function runMigrations(options: DataSourceOptions, service: string): Promise<Migration[]> {
  const migrating = await new DataSource(options).initialize();
  const runner = migrating.createQueryRunner();
  try {
    await runner.query(`SET lock_timeout = ${MIGRATION_LOCK_TIMEOUT_MS}`);
    await runner.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await ownDatabase(queryOf(runner), service);
    const executor = new MigrationExecutor(migrating, runner);
    // One transaction each, so that a failure leaves the schema between two migrations.
    executor.transaction = 'each';
    return await executor.executePendingMigrations();
  } finally {
    // Ends the session, and with it the lock.
    await runner.release();
    await migrating.destroy();
  }
}
