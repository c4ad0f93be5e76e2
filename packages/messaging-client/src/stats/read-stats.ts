import { isOfService } from '../database/groups-of-service.ts';
import type { Query } from '../database/query.ts';
import { BACKLOG_ROWS_COUNTED_MAX, PARKED_COUNTED_MAX } from '../limits.ts';
import { readDecidedBy } from '../outbox/append-floor.ts';
import { findShardHolders } from '../outbox/inspect-outbox.ts';
import { OUTBOX_SHARDS } from '../outbox/outbox-table.ts';

/**
 * Outbox and inbox in numbers, read from the database: the same on every instance. Rows of the outbox are counted up to
 * BACKLOG_ROWS_COUNTED_MAX, the others up to PARKED_COUNTED_MAX.
 */
export interface Stats {
  /** Rows of the outbox that wait to be published. */
  readonly pending: number;
  /** Those of them that nothing holds back: neither an open transaction nor the broker's rejection. */
  readonly ready: number;
  /** Those that the broker rejects, and those behind them. */
  readonly rejected: number;
  /** For how long the oldest pending row has waited, in milliseconds; 0 when there is none. */
  readonly lagMs: number;
  /** Shards of the outbox that an instance relays, of OUTBOX_SHARDS. */
  readonly shardsHeld: number;
  /** Records that wait in the database for their next attempt, or behind one that does. */
  readonly parked: number;
  /** Outside effects that have begun and are not confirmed. */
  readonly claimed: number;
  /** Those that are open. */
  readonly deadLetters: number;
}

const bounded = (from: string): string =>
  `(SELECT count(*)::integer FROM (SELECT FROM ${from} LIMIT ${PARKED_COUNTED_MAX}) AS counted)`;

const STATS = `
  WITH waiting AS MATERIALIZED (
    SELECT seq, shard, aggregatetype, aggregateid FROM outbox WHERE published_at IS NULL LIMIT ${BACKLOG_ROWS_COUNTED_MAX}
  ), rejection AS MATERIALIZED (
    SELECT seq, aggregatetype, aggregateid, refusal FROM outbox JOIN outbox_refusal USING (seq) WHERE published_at IS NULL
  ), judged AS (
    SELECT seq <= ($2::bigint[])[shard + 1] AS is_decided,
           EXISTS (SELECT FROM rejection
                    WHERE rejection.aggregatetype = waiting.aggregatetype
                      AND (refusal = 'topic' OR (rejection.aggregateid = waiting.aggregateid AND rejection.seq <= waiting.seq))) AS is_rejected
      FROM waiting
  )
  SELECT (SELECT count(*)::integer FROM judged) AS pending,
         (SELECT count(*)::integer FROM judged WHERE is_decided AND NOT is_rejected) AS ready,
         (SELECT count(*)::integer FROM judged WHERE is_rejected) AS rejected,
         (SELECT round(coalesce(extract(epoch FROM clock_timestamp() - min(created_at)) * 1000, 0))::float8
            FROM generate_series(0, ${OUTBOX_SHARDS - 1}) AS each_shard,
                 LATERAL (SELECT created_at FROM outbox
                           WHERE published_at IS NULL AND shard = each_shard ORDER BY seq LIMIT 1) AS oldest) AS "lagMs",
         ${bounded(`parked_record WHERE ${isOfService('$1')}`)} AS parked,
         ${bounded(`inbox_message WHERE ${isOfService('$1')} AND state = 'claimed'`)} AS claimed,
         ${bounded(`dead_letter WHERE ${isOfService('$1')} AND state = 'open'`)} AS "deadLetters"`;

/** `group`: the service whose database this is. */
export async function readStats(query: Query, group: string): Promise<Stats> {
  const { upTo } = await readDecidedBy(query);
  const [counted] = await query<Omit<Stats, 'shardsHeld'>>(STATS, [group, upTo.map(String)]);
  const holders = await findShardHolders(query);
  return { ...counted!, shardsHeld: holders.filter(({ pid }) => pid !== null).length };
}
