import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Query } from './database/query.ts';
import { CreatePoisonGuard1760000000013 } from './consume/poison-guard-tables.ts';
import { AddUnknownVersion1760000000021 } from './consume/unknown-version-tables.ts';
import { AddAttemptHistory1760000000031 } from './dead-letters/attempt-history-columns.ts';
import { CreateDeadLetterTables1760000000003 } from './dead-letters/dead-letter-table.ts';
import { createInboxTable } from './inbox/inbox-table.ts';
import { CreateOutboxTables1760000000001 } from './outbox/outbox-table.ts';
import { AllowVersionsOfOneEvent1760000000022 } from './outbox/outbox-version-columns.ts';
import { CreateParkedRecordTable1760000000004 } from './parking/parked-record-table.ts';

/**
 * The tables of this package, to be listed before a service's own migrations: they live in its database. `service` is the name
 * in MessagingOptions. They run in the order of their numbers; the first one refuses a database of an older version.
 */
export function messagingMigrations(service: string): Array<new () => MigrationInterface> {
  return [
    CreateOutboxTables1760000000001,
    createInboxTable(service),
    CreateDeadLetterTables1760000000003,
    CreateParkedRecordTable1760000000004,
    CreatePoisonGuard1760000000013,
    AddUnknownVersion1760000000021,
    AllowVersionsOfOneEvent1760000000022,
    AddAttemptHistory1760000000031,
  ];
}

/** Where TypeORM lists what has run. */
const MIGRATIONS_TABLE = 'migrations';

/**
 * The tables as SQL, for those who create them by another tool. The names are listed as TypeORM lists them, so that a service
 * that starts afterwards finds nothing to do.
 */
export async function messagingMigrationsSql(service: string): Promise<string> {
  const statements = [
    `CREATE TABLE IF NOT EXISTS "${MIGRATIONS_TABLE}" (
        "id" SERIAL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" character varying NOT NULL)`,
  ];
  for (const Migration of messagingMigrations(service)) {
    const migration = new Migration();
    statements.push(...(await statementsOf(migration)));
    const { name } = Migration;
    statements.push(`INSERT INTO "${MIGRATIONS_TABLE}" ("timestamp", "name") VALUES (${timestampOf(name)}, '${name}')`);
  }
  return ['BEGIN', ...statements.map((statement) => statement.trim()), 'COMMIT', ''].join(';\n\n').trimEnd();
}

/** Names of those that have not run, in their order. */
export async function missingMigrations(query: Query, service: string): Promise<string[]> {
  const names = messagingMigrations(service).map(({ name }) => name);
  const [table] = await query<{ exists: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS exists`, [MIGRATIONS_TABLE]);
  if (table?.exists !== true) return names;
  const run = await query<{ name: string }>(`SELECT name FROM "${MIGRATIONS_TABLE}" WHERE name = ANY ($1::text[])`, [
    names,
  ]);
  return names.filter((name) => !run.some((one) => one.name === name));
}

/** Without the questions that a migration asks before it changes anything. */
async function statementsOf(migration: MigrationInterface): Promise<string[]> {
  const statements: string[] = [];
  const recorder = {
    query: async (statement: string): Promise<unknown[]> => {
      if (!/^\s*SELECT\b/i.test(statement)) statements.push(statement);
      return [];
    },
  };
  await migration.up(recorder as unknown as QueryRunner);
  return statements;
}

/** The digits at the end of the name. */
function timestampOf(name: string): string {
  return /\d{13}$/.exec(name)![0];
}
