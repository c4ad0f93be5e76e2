import { MessagingError } from '../errors.ts';
import type { Query } from './query.ts';

/** One row: the service whose database this is. */
const CREATE = `
  CREATE TABLE database_owner (
    service  text NOT NULL,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
  )`;

const IS_THERE = `SELECT to_regclass('database_owner') IS NOT NULL AS is_there`;

const OWNER = `SELECT service FROM database_owner`;

const TAKE = `INSERT INTO database_owner (service) VALUES ($1)`;

/**
 * Puts the service's name on a database that has none. Two services in one database would relay each other's outbox and migrate each
 * other's tables; one of them has a wrong address.
 *
 * To be called before the first migration, by one session at a time. Writes nothing into a database that has its owner.
 * @throws MessagingError DATABASE_OF_ANOTHER_SERVICE
 */
export async function ownDatabase(query: Query, service: string): Promise<void> {
  const [table] = await query<{ is_there: boolean }>(IS_THERE);
  if (table?.is_there !== true) await query(CREATE);
  const [owner] = await query<{ service: string }>(OWNER);
  if (owner === undefined) await query(TAKE, [service]);
  else if (owner.service !== service) {
    throw new MessagingError(
      'DATABASE_OF_ANOTHER_SERVICE',
      `this is ${service}, and the database belongs to ${owner.service}`,
    );
  }
}
