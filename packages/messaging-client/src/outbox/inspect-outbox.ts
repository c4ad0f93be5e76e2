import { z } from 'zod';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import type { Query } from '../database/query.ts';
import {
  OUTBOX_ROWS_COUNTED_MAX,
  OUTBOX_ROWS_SEARCHED_MAX,
  PUBLISH_TIMES_READ_MAX,
  PUBLISHED_RATE_WINDOW_MS,
} from '../limits.ts';
import { readDecidedBy, shardsOf } from './append-floor.ts';
import { OUTBOX_SHARDS, TRACE_ID_OF_ROW } from './outbox-table.ts';

/** Rows of one event that wait for their publication. */
export interface WaitingEvents {
  readonly topic: string;
  readonly event: string;
  readonly rows: number;
  readonly oldestSeconds: number;
  /** The broker accepts neither them, nor an earlier row of their key, nor anything for their topic. */
  readonly rejected: number;
}

export interface ShardHolder {
  readonly shard: number;
  /** PostgreSQL's process of the instance's session; null while no instance relays this shard. */
  readonly pid: number | null;
  readonly application: string | null;
}

/**
 * Why a row is not published. `behind-rejected`: the broker rejects its topic or an earlier row of its key. `open-transaction`: a
 * transaction that may have appended before it is still open. `no-relay`: no instance relays its shard. `next`: none of
 * these; it is published as soon as the broker accepts it.
 */
export type WaitingReason =
  | { readonly kind: 'rejected' | 'behind-rejected'; readonly error: string }
  | { readonly kind: 'open-transaction'; readonly pids: readonly number[] }
  | { readonly kind: 'no-relay' | 'next' };

export interface InspectedRow {
  /** bigint as text */
  readonly seq: string;
  readonly eventId: string;
  readonly event: string;
  readonly version: number;
  readonly topic: string;
  readonly key: string;
  readonly shard: number;
  /** Of the trace in which it was appended. */
  readonly traceId: string | null;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
  readonly partition: number | null;
  /** int64 as text */
  readonly offset: string | null;
  /** null when it is published. */
  readonly reason: WaitingReason | null;
}

const KINDS_MAX = 50;

const WAITING = `
  WITH waiting AS (
    SELECT seq, aggregatetype, aggregateid, type, created_at FROM outbox WHERE published_at IS NULL LIMIT ${OUTBOX_ROWS_COUNTED_MAX}
  ), rejected AS MATERIALIZED (
    SELECT seq, aggregatetype, aggregateid, refusal FROM outbox JOIN outbox_refusal USING (seq) WHERE published_at IS NULL
  )
  SELECT aggregatetype AS topic, type AS event, count(*)::integer AS rows,
         extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS "oldestSeconds",
         (count(*) FILTER (WHERE EXISTS (
           SELECT FROM rejected
            WHERE rejected.aggregatetype = waiting.aggregatetype
              AND (refusal = 'topic' OR (rejected.aggregateid = waiting.aggregateid AND rejected.seq <= waiting.seq)))))::integer
           AS rejected
    FROM waiting GROUP BY aggregatetype, type ORDER BY rows DESC LIMIT ${KINDS_MAX}`;

/** By event, the most first; OUTBOX_ROWS_COUNTED_MAX rows are counted at most. */
export async function countWaitingEvents(query: Query): Promise<WaitingEvents[]> {
  return query<WaitingEvents>(WAITING);
}

const PUBLISHED = `
  SELECT count(*)::integer AS rows FROM (
    SELECT FROM outbox WHERE published_at > clock_timestamp() - ${PUBLISHED_RATE_WINDOW_MS} * interval '1 millisecond'
     LIMIT ${OUTBOX_ROWS_COUNTED_MAX}) AS published`;

/** Of the last PUBLISHED_RATE_WINDOW_MS, by all instances. */
export async function publishedPerSecond(query: Query): Promise<number> {
  const [found] = await query<{ rows: number }>(PUBLISHED);
  return found!.rows / (PUBLISHED_RATE_WINDOW_MS / 1_000);
}

const TIME_TO_RECORD = `
  SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM published_at - created_at) * 1000)::float8 AS ms
    FROM (SELECT created_at, published_at FROM outbox
           WHERE published_at > clock_timestamp() - ${PUBLISHED_RATE_WINDOW_MS} * interval '1 millisecond'
           ORDER BY published_at DESC LIMIT ${PUBLISH_TIMES_READ_MAX}) AS newest`;

/**
 * The 99th percentile of the time from the append to the broker's confirmation, in milliseconds; of the newest
 * PUBLISH_TIMES_READ_MAX rows of the last PUBLISHED_RATE_WINDOW_MS, null when there are none.
 */
export async function readTimeToRecordP99Ms(query: Query): Promise<number | null> {
  const [found] = await query<{ ms: number | null }>(TIME_TO_RECORD);
  return found!.ms;
}

const HOLDERS = `
  SELECT each_shard AS shard, held.pid, application_name AS application
    FROM generate_series(0, ${OUTBOX_SHARDS - 1}) AS each_shard
    LEFT JOIN pg_locks AS held
      ON locktype = 'advisory' AND granted AND classid = ${LOCK_SPACE.relay} AND objid::bigint = each_shard AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    LEFT JOIN pg_stat_activity AS activity ON activity.pid = held.pid
   ORDER BY each_shard`;

/** Every shard of the outbox, in order, with the instance that relays it. By the locks of all sessions of the database. */
export async function findShardHolders(query: Query): Promise<ShardHolder[]> {
  return query<ShardHolder>(HOLDERS);
}

type Row = Omit<InspectedRow, 'reason'> & { refusal: string | null; behind: string | null };

const SELECT_ROW = `
  SELECT row.seq, row.id AS "eventId", row.type AS event, row.version, row.aggregatetype AS topic, row.aggregateid AS key,
         row.shard, ${TRACE_ID_OF_ROW} AS "traceId",
         row.created_at AS "createdAt", row.published_at AS "publishedAt", row."partition", row."offset",
         (SELECT error FROM outbox_refusal WHERE outbox_refusal.seq = row.seq) AS refusal,
         (SELECT error FROM outbox_refusal JOIN outbox AS earlier USING (seq)
           WHERE earlier.published_at IS NULL AND earlier.aggregatetype = row.aggregatetype
             AND (refusal = 'topic' OR (earlier.aggregateid = row.aggregateid AND earlier.seq < row.seq)) LIMIT 1) AS behind`;

const OF_EVENTS = `${SELECT_ROW} FROM outbox AS row WHERE id = ANY($1::uuid[]) ORDER BY row.seq DESC`;

/** Along the index of each shard: published rows are not visited. */
const WAITING_ROWS = `${SELECT_ROW}
    FROM generate_series(0, ${OUTBOX_SHARDS - 1}) AS each_shard,
         LATERAL (SELECT * FROM outbox
                   WHERE published_at IS NULL AND shard = each_shard AND seq > $1::bigint ORDER BY seq LIMIT $2) AS row
   ORDER BY row.seq LIMIT $2`;

const WITH_TEXT = `${SELECT_ROW}
    FROM (SELECT * FROM outbox ORDER BY seq DESC LIMIT ${OUTBOX_ROWS_SEARCHED_MAX}) AS row
   WHERE row.aggregateid = $1 OR strpos(row.payload::text, $1) > 0
   ORDER BY row.seq DESC LIMIT $2`;

const OF_KEYS = `${SELECT_ROW}
    FROM (SELECT * FROM outbox ORDER BY seq DESC LIMIT ${OUTBOX_ROWS_SEARCHED_MAX}) AS row
   WHERE row.aggregateid = ANY($1)
   ORDER BY row.seq DESC LIMIT $2`;

/** Waiting rows in the order in which they were appended, after the row `after`. */
export async function inspectWaitingRows(query: Query, limit: number, after = '0'): Promise<InspectedRow[]> {
  return inspect(query, WAITING_ROWS, [after, limit]);
}

/** The rows of these events, newest first; also published ones, until they are deleted. */
export async function inspectRowsOfEvents(query: Query, eventIds: readonly string[]): Promise<InspectedRow[]> {
  // Ids of other publishers need not be UUIDs; ours are.
  const ours = eventIds.filter((id) => z.uuid().safeParse(id).success);
  return ours.length === 0 ? [] : inspect(query, OF_EVENTS, [ours]);
}

/**
 * Rows with this key or with this text in their payload, also published ones, newest first. OUTBOX_ROWS_SEARCHED_MAX are
 * looked at.
 */
export async function searchOutboxRows(query: Query, text: string, limit: number): Promise<InspectedRow[]> {
  return inspect(query, WITH_TEXT, [text, limit]);
}

/** Rows with one of these keys, also published ones, newest first. OUTBOX_ROWS_SEARCHED_MAX are looked at. */
export async function findRowsOfKeys(query: Query, keys: readonly string[], limit: number): Promise<InspectedRow[]> {
  return inspect(query, OF_KEYS, [keys, limit]);
}

export interface SearchedRows {
  readonly rows: number;
  /** Of the oldest; null where there are none. */
  readonly since: Date | null;
}

const SEARCHED = `
  SELECT count(*)::integer AS rows, min(created_at) AS since
    FROM (SELECT created_at FROM outbox ORDER BY seq DESC LIMIT ${OUTBOX_ROWS_SEARCHED_MAX}) AS searched`;

/** What `searchOutboxRows` and `findRowsOfKeys` look at. */
export async function describeSearchedRows(query: Query): Promise<SearchedRows> {
  const [searched] = await query<SearchedRows>(SEARCHED);
  return searched!;
}

async function inspect(query: Query, statement: string, values: unknown[]): Promise<InspectedRow[]> {
  const decided = await readDecidedBy(query);
  const holders = await findShardHolders(query);
  const rows = await query<Row>(statement, values);
  const reasonOf = ({ seq, shard, publishedAt, refusal, behind }: Row): WaitingReason | null => {
    if (publishedAt !== null) return null;
    if (refusal !== null) return { kind: 'rejected', error: refusal };
    if (behind !== null) return { kind: 'behind-rejected', error: behind };
    if (BigInt(seq) > decided.upTo[shard]!) {
      const pids = decided.appenders.filter((one) => shardsOf(one).includes(shard)).map(({ pid }) => pid);
      if (pids.length > 0) return { kind: 'open-transaction', pids: [...new Set(pids)] };
    }
    return { kind: holders[shard]!.pid === null ? 'no-relay' : 'next' };
  };
  return rows.map(({ refusal, behind, ...row }) => ({ ...row, reason: reasonOf({ ...row, refusal, behind }) }));
}
