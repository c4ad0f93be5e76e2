import type { Query } from '../database/query.ts';
import { PARKED_COUNTED_MAX } from '../limits.ts';

/** What waits in the database and is not handled. Each count ends at PARKED_COUNTED_MAX, so that it costs little however many there are. */
export interface ParkedCounts {
  /** By the clock of the database. */
  readonly now: Date;
  readonly records: number;
  /** Keys whose first record waits for its next attempt; one that a dead letter holds is not counted. */
  readonly keys: number;
  /** When the first record was parked; null when none is. */
  readonly oldestAt: Date | null;
  readonly nextDueAt: Date | null;
  /** Keys whose first record has a newer version than this service knows. */
  readonly unknownVersions: number;
  readonly unknownVersionsSince: Date | null;
  /** Outside effects of unknown outcome, on their second attempt or a later one. */
  readonly ambiguousClaims: number;
}

/** Of the group, or of all that use this database. */
const OF_GROUP = `($1::text IS NULL OR consumer_group = $1)`;

const bounded = (from: string): string =>
  `(SELECT count(*) FROM (SELECT FROM ${from} LIMIT ${PARKED_COUNTED_MAX}) AS counted)::integer`;

const COUNTS = `
  WITH record AS MATERIALIZED (SELECT created_at FROM parked_record WHERE ${OF_GROUP} LIMIT ${PARKED_COUNTED_MAX})
  SELECT clock_timestamp() AS now,
         (SELECT count(*) FROM record)::integer AS records,
         (SELECT min(created_at) FROM record) AS "oldestAt",
         ${bounded(`parked_record WHERE ${OF_GROUP} AND due_at IS NOT NULL`)} AS keys,
         (SELECT min(due_at) FROM parked_record WHERE ${OF_GROUP} AND due_at IS NOT NULL) AS "nextDueAt",
         ${bounded(`parked_record WHERE ${OF_GROUP} AND error_code = 'EVENT_VERSION_UNKNOWN'`)} AS "unknownVersions",
         (SELECT min(created_at) FROM parked_record
           WHERE ${OF_GROUP} AND error_code = 'EVENT_VERSION_UNKNOWN') AS "unknownVersionsSince",
         ${bounded(`inbox_message WHERE ${OF_GROUP} AND state = 'claimed' AND unconfirmed > 0`)} AS "ambiguousClaims"`;

/** `group`: undefined for all groups that use this database. */
export async function countParked(query: Query, group: string | undefined): Promise<ParkedCounts> {
  const [counts] = await query<ParkedCounts>(COUNTS, [group ?? null]);
  return counts!;
}
