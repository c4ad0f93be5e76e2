import type { Query } from '../database/query.ts';
import { PARKED_COUNTED_MAX } from '../limits.ts';
import { countParked } from './count-parked.ts';
import type { ParkedCounts } from './count-parked.ts';

/** A lane whose records wait, by its first record: the one that is attempted next. */
export interface ParkedLane {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** int64 as text */
  readonly offset: string;
  readonly key: Buffer | null;
  /** Hash of the key, in hexadecimal. */
  readonly lane: string;
  readonly eventId: string | null;
  readonly event: string | null;
  readonly attempts: number;
  readonly error: string | null;
  /** null while a dead letter holds the lane. */
  readonly dueAt: Date | null;
  readonly parkedAt: Date;
  /** With the first one. */
  readonly records: number;
  /** Id of the dead letter that holds the lane. */
  readonly heldBy: string | null;
  /** Of the events that were asked for: those with a record in this lane. */
  readonly eventIds: readonly string[];
}

export interface ParkedFilter {
  readonly topic?: string | undefined;
  /** The record's key as text. */
  readonly key?: string | undefined;
  /** Lanes in which a record of one of these events waits. */
  readonly eventIds?: readonly string[] | undefined;
}

/** The last lane of the page before. */
export type ParkedPlace = Pick<ParkedLane, 'group' | 'topic' | 'partition' | 'lane'>;

const LANES = `
  SELECT head.*, (SELECT count(*)::integer FROM parked_record AS one
                   WHERE one.consumer_group = head."group" AND one.topic = head.topic AND one."partition" = head."partition"
                     AND one.lane = decode(head.lane, 'hex')) AS records,
         (SELECT id FROM dead_letter
           WHERE dead_letter.consumer_group = head."group" AND dead_letter.topic = head.topic
             AND dead_letter."partition" = head."partition" AND dead_letter.lane = decode(head.lane, 'hex')
             AND dead_letter.state = 'open' AND dead_letter.policy = 'hold'
           ORDER BY dead_letter."offset" LIMIT 1) AS "heldBy",
         ARRAY(SELECT DISTINCT one.event_id FROM parked_record AS one
                WHERE one.event_id = ANY($3) AND one.consumer_group = head."group" AND one.topic = head.topic
                  AND one."partition" = head."partition" AND one.lane = decode(head.lane, 'hex')
                ORDER BY one.event_id) AS "eventIds"
    FROM (SELECT DISTINCT ON (consumer_group, topic, "partition", lane)
                 consumer_group AS "group", topic, "partition", "offset", key, encode(lane, 'hex') AS lane, event_id AS "eventId",
                 event, attempts, error, due_at AS "dueAt", created_at AS "parkedAt"
            FROM parked_record
           WHERE ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = convert_to($2, 'UTF8'))
             AND ($3::text[] IS NULL OR EXISTS (
                   SELECT FROM parked_record AS wanted
                    WHERE wanted.event_id = ANY($3) AND wanted.consumer_group = parked_record.consumer_group
                      AND wanted.topic = parked_record.topic AND wanted."partition" = parked_record."partition"
                      AND wanted.lane = parked_record.lane))
             AND ($4::text IS NULL
                  OR (consumer_group, topic, "partition", lane) > ($4, $5, $6::integer, decode($7::text, 'hex')))
           ORDER BY consumer_group, topic, "partition", lane, "offset", id
           LIMIT $8) AS head
   ORDER BY "group", topic, "partition", lane`;

/** In the order of group, topic, partition and lane. */
export async function listParkedLanes(
  query: Query,
  { topic, key, eventIds }: ParkedFilter,
  limit: number,
  after?: ParkedPlace,
): Promise<ParkedLane[]> {
  return query<ParkedLane>(LANES, [
    topic ?? null,
    key ?? null,
    eventIds ?? null,
    after?.group ?? null,
    after?.topic ?? null,
    after?.partition ?? null,
    after?.lane ?? null,
    limit,
  ]);
}

export interface ParkedOfGroup {
  readonly group: string;
  readonly records: number;
}

const RECORDS_OF_GROUPS = `
  SELECT consumer_group AS "group", count(*)::integer AS records
    FROM (SELECT consumer_group FROM parked_record LIMIT ${PARKED_COUNTED_MAX}) AS counted
   GROUP BY consumer_group ORDER BY consumer_group`;

/** How many records wait in each group that has any; PARKED_COUNTED_MAX are counted at most. */
export async function countParkedOfGroups(query: Query): Promise<ParkedOfGroup[]> {
  return query<ParkedOfGroup>(RECORDS_OF_GROUPS);
}

export interface ParkedSummary extends Pick<ParkedCounts, 'records' | 'oldestAt' | 'nextDueAt'> {
  /** With those that a dead letter holds. */
  readonly lanes: number;
  readonly groups: readonly ParkedOfGroup[];
}

const GROUPS_OF_COUNTED = `
  SELECT consumer_group AS "group", count(*)::integer AS records,
         count(DISTINCT (topic, "partition", lane))::integer AS lanes
    FROM (SELECT * FROM parked_record LIMIT ${PARKED_COUNTED_MAX}) AS counted
   GROUP BY consumer_group ORDER BY consumer_group`;

/** How many records wait and in how many lanes, at most PARKED_COUNTED_MAX of them, and when the next one is due. */
export async function summarizeParked(query: Query): Promise<ParkedSummary> {
  const { records, oldestAt, nextDueAt } = await countParked(query, undefined);
  const counted = await query<ParkedOfGroup & { lanes: number }>(GROUPS_OF_COUNTED);
  return {
    records,
    lanes: counted.reduce((sum, { lanes }) => sum + lanes, 0),
    oldestAt,
    nextDueAt,
    groups: counted.map((one) => ({ group: one.group, records: one.records })),
  };
}
