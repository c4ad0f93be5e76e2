import { REJECTED_ROWS_AT_ONCE_MAX } from '../limits.ts';
import type { Query } from '../database/query.ts';
import { OUTBOX_CHANNEL, OUTBOX_RETRY } from './outbox-table.ts';

/** Every condition that is given must hold. */
export interface RejectedRowFilter {
  /** `seq` of rows, or the ids of their events. */
  readonly ids?: readonly string[];
  readonly topic?: string;
  readonly key?: string;
  readonly event?: string;
}

/** A row that waits because the broker rejects it, or everything for its topic. */
export interface RejectedRow {
  /** bigint as text */
  readonly seq: string;
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  readonly key: string;
  /** The broker's error. */
  readonly error: string;
  readonly createdAt: Date;
}

/** How rejected rows are retried or dropped. */
export interface ResolveRejectedRows {
  /** Who is on record as having done it. */
  readonly by: string;
  /** Reports what would be done and does nothing. */
  readonly dryRun?: boolean;
}

/** The rows that were retried or dropped; with `dryRun`, those that would be. */
export interface ResolvedRows {
  readonly rows: readonly RejectedRow[];
  /** Further rows match: at most REJECTED_ROWS_AT_ONCE_MAX are dealt with at once. */
  readonly more: boolean;
}

/** A relay that finds its topic missing has tried one row of it; the others are rejected as much. */
const FIND = `
  WITH rejected AS MATERIALIZED (
    SELECT seq, aggregatetype, refusal, error FROM outbox JOIN outbox_refusal USING (seq) WHERE published_at IS NULL
  )
  SELECT outbox.seq, id AS "eventId", type AS event, outbox.aggregatetype AS topic, aggregateid AS key,
         coalesce(own.error, of_topic.error) AS error, created_at AS "createdAt"
    FROM outbox
    LEFT JOIN rejected AS own ON own.seq = outbox.seq
    LEFT JOIN (SELECT aggregatetype, min(error) AS error FROM rejected WHERE refusal = 'topic' GROUP BY aggregatetype) AS of_topic
           ON of_topic.aggregatetype = outbox.aggregatetype
   WHERE published_at IS NULL AND coalesce(own.error, of_topic.error) IS NOT NULL
     AND ($1::text[] IS NULL OR outbox.seq::text = ANY ($1) OR id::text = ANY ($1))
     AND ($2::text IS NULL OR outbox.aggregatetype = $2)
     AND ($3::text IS NULL OR aggregateid = $3)
     AND ($4::text IS NULL OR type = $4)
     AND outbox.seq > $5::bigint
   ORDER BY outbox.seq LIMIT $6`;

const NOTE = `
  INSERT INTO outbox_audit (seq, event_id, action, by_whom, error, dropped)
  SELECT seq, id, $2, $3, rejected.error, CASE $2 WHEN 'drop' THEN row_to_json(outbox) END
    FROM outbox JOIN unnest($1::bigint[], $4::text[]) AS rejected (seq, error) USING (seq)
   ORDER BY seq`;

const DROP = `DELETE FROM outbox WHERE seq = ANY ($1::bigint[])`;
const WAKE = `SELECT pg_notify('${OUTBOX_CHANNEL}', '${OUTBOX_RETRY}')`;

/** In the order in which they were appended, after the row `after`. */
export async function findRejectedRows(
  query: Query,
  filter: RejectedRowFilter,
  limit = REJECTED_ROWS_AT_ONCE_MAX,
  after = '0',
): Promise<RejectedRow[]> {
  const { ids, topic, key, event } = filter;
  const values = [ids?.map((id) => id.toLowerCase()) ?? null, topic ?? null, key ?? null, event ?? null, after, limit];
  return query<RejectedRow>(FIND, values);
}

/** Has the relays retry at once the rejected rows that the filter finds. To be called in a transaction. */
export async function retryRejectedRows(
  query: Query,
  filter: RejectedRowFilter,
  how: ResolveRejectedRows,
): Promise<ResolvedRows> {
  return resolve(query, filter, how, 'retry');
}

/**
 * Decides that the rejected rows that the filter finds are not published: later rows of their keys go on without them. To be
 * called in a transaction. What was dropped is kept in `outbox_audit`.
 */
export async function dropRejectedRows(
  query: Query,
  filter: RejectedRowFilter,
  how: ResolveRejectedRows,
): Promise<ResolvedRows> {
  return resolve(query, filter, how, 'drop');
}

async function resolve(
  query: Query,
  filter: RejectedRowFilter,
  { by, dryRun }: ResolveRejectedRows,
  action: 'retry' | 'drop',
): Promise<ResolvedRows> {
  const found = await findRejectedRows(query, filter, REJECTED_ROWS_AT_ONCE_MAX + 1);
  const rows = found.slice(0, REJECTED_ROWS_AT_ONCE_MAX);
  const more = found.length > rows.length;
  if (dryRun === true || rows.length === 0) return { rows, more };
  // Those that a relay has published meanwhile, or another operator dropped, are none of ours any more.
  const locked = await query<{ seq: string }>(
    'SELECT seq FROM outbox WHERE seq = ANY ($1::bigint[]) AND published_at IS NULL ORDER BY seq FOR UPDATE',
    [rows.map(({ seq }) => seq)],
  );
  const seqs = new Set(locked.map(({ seq }) => seq));
  const resolved = rows.filter(({ seq }) => seqs.has(seq));
  const numbers = resolved.map(({ seq }) => seq);
  await query(NOTE, [numbers, action, by, resolved.map(({ error }) => error)]);
  if (action === 'drop') await query(DROP, [numbers]);
  await query(WAKE);
  return { rows: resolved, more };
}
