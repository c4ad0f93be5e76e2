import type { Query } from '../database/query.ts';
import { readDecidedBy } from './append-floor.ts';
import { TRACE_ID_OF_ROW } from './outbox-table.ts';

/** An event of the outbox, published or not. */
export interface CommittedEvent {
  /** bigint as text */
  readonly seq: string;
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  readonly key: string;
  /** Of the trace in which it was appended. */
  readonly traceId: string | null;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
  readonly partition: number | null;
  /** int64 as text */
  readonly offset: string | null;
}

export interface CommittedEvents {
  readonly rows: readonly CommittedEvent[];
  /** Rows up to this sequence number are complete; to be given as `after` next time. */
  readonly next: string;
}

const ROWS = `
  SELECT seq, id AS "eventId", type AS event, aggregatetype AS topic, aggregateid AS key, ${TRACE_ID_OF_ROW} AS "traceId",
         created_at AS "createdAt", published_at AS "publishedAt", "partition", "offset"
    FROM outbox WHERE seq > $1::bigint ORDER BY seq LIMIT $2`;

const PLACE_OF_NEWEST = `
  SELECT coalesce((SELECT seq - 1 FROM (SELECT seq FROM outbox ORDER BY seq DESC LIMIT $1) AS newest ORDER BY seq LIMIT 1), 0)::text AS seq`;

/**
 * What was committed after a place, in order; without a place, from the newest `limit` rows on. A transaction that is still
 * open may commit rows before those that are seen already, so `next` never passes what is decided: such rows come again.
 */
export async function listCommittedEvents(
  query: Query,
  after: string | undefined,
  limit: number,
): Promise<CommittedEvents> {
  const { upTo } = await readDecidedBy(query);
  const decided = upTo.reduce(lower);
  const from = after === undefined ? higher(0n, lower(await placeOfNewest(query, limit), decided)) : BigInt(after);
  const rows = await query<CommittedEvent>(ROWS, [String(from), limit]);
  const last = rows.length === limit ? BigInt(rows.at(-1)!.seq) : decided;
  // While a transaction begins, what is decided may seem to be less than it was before: that cannot be taken back.
  return { rows, next: String(higher(from, lower(last, decided))) };
}

async function placeOfNewest(query: Query, limit: number): Promise<bigint> {
  const [place] = await query<{ seq: string }>(PLACE_OF_NEWEST, [limit]);
  return BigInt(place!.seq);
}

function lower(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function higher(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

export interface PublishedEvent {
  readonly eventId: string;
  readonly publishedAt: Date;
  readonly partition: number;
  /** int64 as text */
  readonly offset: string;
}

const PUBLISHED = `
  SELECT id AS "eventId", published_at AS "publishedAt", "partition", "offset"
    FROM outbox WHERE published_at >= $1 AND seq >= $3::bigint ORDER BY published_at LIMIT $2`;

/** Where the relay has put what was published since a time, the oldest first; of the rows from a `seq` on, or of all. */
export async function listPublishedEvents(
  query: Query,
  since: Date,
  limit: number,
  fromSeq = '0',
): Promise<PublishedEvent[]> {
  return query<PublishedEvent>(PUBLISHED, [since, limit, fromSeq]);
}
