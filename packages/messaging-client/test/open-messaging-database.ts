import { createTestDatabase } from '@event-bus/test-kit';
import { DataSource } from 'typeorm';
import { messagingMigrations } from '../src/index.ts';

/** A database of its own with the client's tables. */
export async function openMessagingDatabase(
  service = 'listener',
  { pipeline = false } = {},
): Promise<{ dataSource: DataSource; drop(): Promise<void> }> {
  const database = await createTestDatabase();
  const dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    migrations: messagingMigrations(service),
    migrationsRun: true,
    extra: { pipeline },
  }).initialize();
  return {
    dataSource,
    drop: async () => {
      await dataSource.destroy();
      await database.drop();
    },
  };
}
