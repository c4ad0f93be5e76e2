import type { Query } from '../database/query.ts';

export interface UnfinishedEvents {
  /** Changes when the lists do. */
  readonly digest: string;
  /** Event ids of records that wait in the database. */
  readonly parked: readonly string[];
  /** … and of those that were given up: open, or dropped by an operator. */
  readonly dead: readonly string[];
  /** There are more than were listed. */
  readonly more: boolean;
}

const DIGEST = `
  SELECT count(*)::text || '.' || coalesce(sum(hashtextextended(state || event_id, 0)), 0)::text AS digest
    FROM (SELECT 'p' AS state, event_id FROM parked_record WHERE consumer_group = $1
          UNION ALL
          SELECT 'd', event_id FROM dead_letter WHERE consumer_group = $1 AND state IN ('open', 'dropped')) AS unfinished`;

const PARKED = `
  SELECT event_id AS "eventId" FROM parked_record WHERE consumer_group = $1 AND event_id IS NOT NULL ORDER BY id DESC LIMIT $2`;

const DEAD = `
  SELECT event_id AS "eventId" FROM dead_letter
   WHERE consumer_group = $1 AND state IN ('open', 'dropped') AND event_id IS NOT NULL
   ORDER BY created_at DESC, id DESC LIMIT $2`;

/**
 * Which events of a group are parked or dead, the newest `limit` of each. With the digest of the answer before, undefined when
 * nothing has changed.
 */
export async function listUnfinishedEvents(
  query: Query,
  group: string,
  limit: number,
  known?: string,
): Promise<UnfinishedEvents | undefined> {
  const [{ digest }] = (await query<{ digest: string }>(DIGEST, [group])) as [{ digest: string }];
  if (digest === known) return undefined;
  const parked = await query<{ eventId: string }>(PARKED, [group, limit]);
  const dead = await query<{ eventId: string }>(DEAD, [group, limit]);
  return {
    digest,
    parked: parked.map(({ eventId }) => eventId),
    dead: dead.map(({ eventId }) => eventId),
    more: parked.length === limit || dead.length === limit,
  };
}
