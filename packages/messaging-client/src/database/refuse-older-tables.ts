import { MessagingError } from '../errors.ts';
import type { Query } from './query.ts';

/**
 * Refuses a database in which `table` exists, although the migration that creates it has not run. An older version created
 * it, with other migrations; nothing here can bring it up to date. To be called by the first migration, before it creates
 * anything.
 * @throws MessagingError TABLES_OF_OLDER_VERSION
 */
export async function refuseOlderTables(query: Query, table: string): Promise<void> {
  const [found] = await query<{ exists: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS exists`, [table]);
  if (found?.exists !== true) return;
  throw new MessagingError(
    'TABLES_OF_OLDER_VERSION',
    `an older version created the table "${table}", and its tables cannot be upgraded. Start with an empty database: ` +
      '`npm run reset` deletes the local data, `docker compose down --volumes` that of Compose',
  );
}
