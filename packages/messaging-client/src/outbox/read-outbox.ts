import type { DatabaseSession } from '../database-session.ts';
import { RECORD_OVERHEAD_BYTES, RELAY_BATCH_BYTES_MAX, RELAY_BATCH_ROWS_MAX } from '../limits.ts';
import { readDecided } from './append-floor.ts';
import type { OutboxRow } from './outbox-row.ts';

export interface OutboxBatch {
  /** Rows that may go out now, in order. */
  readonly rows: OutboxRow[];
  /** Not all of what is decided was read; the rest is for the next batch. */
  readonly isFull: boolean;
  /** A transaction that appends is open; what lies above its first row waits for it. */
  readonly someoneAppends: boolean;
}

/**
 * Reads the next rows of some shards in the order in which they were appended, up to where the outbox is decided: a
 * transaction that appended earlier may commit later, and its row must not be passed.
 *
 * Sorting by transaction id instead would be wrong: an id is taken at a transaction's first write, which may be long
 * before it gets the lock on the row that the event is about. Payloads are fetched only for the rows that fit.
 */
const READ = `
  SELECT seq, id, aggregatetype, aggregateid, type, version, source, payload::text AS payload, tracingspancontext, created_at
    FROM outbox
    JOIN (SELECT seq, sum(payload_bytes + ${RECORD_OVERHEAD_BYTES}) OVER (ORDER BY seq) - payload_bytes AS bytes_before
            FROM (SELECT seq, payload_bytes FROM outbox
                   WHERE published_at IS NULL AND shard = ANY ($1) AND seq <= $2
                     AND NOT (aggregatetype = ANY ($3) OR aggregatetype || ' ' || aggregateid = ANY ($4))
                   ORDER BY seq LIMIT ${RELAY_BATCH_ROWS_MAX}) AS next_rows) AS weighed USING (seq)
   WHERE bytes_before < ${RELAY_BATCH_BYTES_MAX}
   ORDER BY seq`;

interface ReadRow {
  seq: string;
  id: string;
  aggregatetype: string;
  aggregateid: string;
  type: string;
  version: number;
  source: string;
  payload: string;
  tracingspancontext: string | null;
  created_at: Date;
}

/** What is left out for now, see refused-rows.ts. */
export interface LeftOut {
  readonly topics: string[];
  /** Topic and key with a space between; a topic has none in it. */
  readonly keys: string[];
}

export async function readOutbox(session: DatabaseSession, shards: number[], leftOut: LeftOut): Promise<OutboxBatch> {
  const { upTo, someoneAppends } = await readDecided(session);
  const found = await session.query<ReadRow>(READ, [shards, String(upTo), leftOut.topics, leftOut.keys]);
  const rows: OutboxRow[] = [];
  let bytes = 0;
  for (const row of found) {
    bytes += Buffer.byteLength(row.payload) + Buffer.byteLength(row.aggregateid) + RECORD_OVERHEAD_BYTES;
    if (bytes > RELAY_BATCH_BYTES_MAX && rows.length > 0) break;
    rows.push(asOutboxRow(row));
  }
  return { rows, isFull: rows.length < found.length || found.length === RELAY_BATCH_ROWS_MAX, someoneAppends };
}

function asOutboxRow(row: ReadRow): OutboxRow {
  return {
    seq: row.seq,
    id: row.id,
    topic: row.aggregatetype,
    key: row.aggregateid,
    type: row.type,
    version: row.version,
    source: row.source,
    payload: row.payload,
    traceparent: row.tracingspancontext?.match(/^traceparent=(.*)$/m)?.[1] ?? null,
    createdAt: row.created_at,
  };
}
