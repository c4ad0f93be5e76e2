import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { DataSource } from 'typeorm';
import type { MigrationInterface } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { messagingMigrations, messagingMigrationsSql, missingMigrations } from './migrations.ts';
import { queryOf } from './database/query.ts';

let database: TestDatabase;
let dataSource: DataSource;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

async function open(migrations: Array<new () => MigrationInterface>): Promise<void> {
  dataSource = await new DataSource({ type: 'postgres', url: database.url, migrations }).initialize();
}

const tables = async (): Promise<string[]> => {
  const rows: Array<{ name: string }> = await dataSource.query(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

describe('the migrations', () => {
  it('refuse a database whose tables an older version created, change nothing in it, and name the remedy', async () => {
    await open(messagingMigrations('publisher'));
    await dataSource.query('CREATE TABLE outbox (seq bigint PRIMARY KEY)');
    await expect(dataSource.runMigrations({ transaction: 'each' })).rejects.toMatchObject({
      code: 'TABLES_OF_OLDER_VERSION',
      message: expect.stringMatching(/npm run reset.*docker compose down --volumes/),
    });
    expect(await tables()).toEqual(['outbox']);
  });

  it('run once; a second start finds nothing to do', async () => {
    await open(messagingMigrations('publisher'));
    expect(await dataSource.runMigrations()).not.toEqual([]);
    expect(await dataSource.runMigrations()).toEqual([]);
  });

  it('can be undone, to the last table', async () => {
    const migrations = messagingMigrations('publisher');
    await open(migrations);
    await dataSource.runMigrations();
    for (const _ of migrations) await dataSource.undoLastMigration();
    expect(await tables()).toEqual([]);
  });

  it('make the service the default group of the inbox, also when its name has a quote', async () => {
    await open(messagingMigrations(`it's-mine`));
    await dataSource.runMigrations();
    const rows = await dataSource.query(
      `INSERT INTO inbox_message (handler, event_id, state, topic, "partition", "offset")
       VALUES ('thing', '1', 'done', 't', 0, 0) RETURNING consumer_group`,
    );
    expect(rows).toEqual([{ consumer_group: `it's-mine` }]);
  });
});

/** What the tables are made of, in words that can be compared. */
async function schema(): Promise<Array<{ what: string; is: string }>> {
  return dataSource.query(`
    SELECT table_name || '.' || column_name AS what,
           concat_ws(' ', data_type, is_nullable, column_default, is_identity, generation_expression) AS is
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
    UNION ALL
    SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid <> 'migrations'::regclass
    UNION ALL
    SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
    ORDER BY 1`);
}

describe('the migrations as SQL', () => {
  it('make the same tables, and a service that starts afterwards finds nothing to do', async () => {
    await open(messagingMigrations('publisher'));
    await dataSource.runMigrations();
    const byTypeOrm = await schema();
    await dataSource.destroy();
    await database.drop();

    database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(await messagingMigrationsSql('publisher'));
    await client.end();
    await open(messagingMigrations('publisher'));
    expect(await schema()).toEqual(byTypeOrm);
    expect(await dataSource.runMigrations()).toEqual([]);
  });

  it('name those that have not run', async () => {
    const names = messagingMigrations('publisher').map(({ name }) => name);
    await open(messagingMigrations('publisher').slice(0, -2));
    expect(await missingMigrations(queryOf(dataSource), 'publisher')).toEqual(names);
    await dataSource.runMigrations();
    expect(await missingMigrations(queryOf(dataSource), 'publisher')).toEqual(names.slice(-2));
  });
});

describe('a migration behind the first ones is additive: an instance of the version before goes on writing', () => {
  /** With these the tables of ADR 0023 are complete. Each later one has to keep the rule. */
  const FIRST = 5;
  /** Widened on purpose: a row that the version before may write is allowed by both. */
  const WIDENED = ['dead_letter dead_letter_reason_check', 'outbox outbox_id_key', 'outbox_id_key'];

  it.each(
    messagingMigrations('publisher')
      .slice(FIRST)
      .map(({ name }, index) => [name, FIRST + index] as const),
  )('%s', async (name, index) => {
    const migrations = messagingMigrations('publisher');
    await open(migrations.slice(0, index));
    await dataSource.runMigrations();
    const before = await schema();
    await dataSource.destroy();
    await open(migrations.slice(0, index + 1));
    expect((await dataSource.runMigrations()).map((one) => one.name)).toEqual([name]);
    const after = new Map((await schema()).map(({ what, is }) => [what, is]));
    // Nothing that there was has ended or changed.
    for (const { what, is } of before.filter((one) => !WIDENED.includes(one.what))) {
      expect([what, after.get(what)]).toEqual([what, is]);
    }
    // What is new in a table of before may be left out by who does not know it.
    const tablesBefore = new Set(before.map(({ what }) => what.split(/[. ]/)[0]));
    const needed: unknown = await dataSource.query(
      `SELECT table_name || '.' || column_name AS what FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = ANY ($1::text[])
          AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'`,
      [[...tablesBefore]],
    );
    const known = new Set(before.map(({ what }) => what));
    expect((needed as Array<{ what: string }>).filter(({ what }) => !known.has(what))).toEqual([]);
  });
});
