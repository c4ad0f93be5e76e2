import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { DataSource } from 'typeorm';
import type { MigrationInterface } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messagingMigrations } from './migrations.ts';

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
