import type { ClientBase } from 'pg';
import { RECORD_OVERHEAD_BYTES, RELAY_BATCH_BYTES_MAX, RELAY_BATCH_ROWS_MAX } from '../limits.ts';
import type { OutboxRow } from './outbox-row.ts';

export interface OutboxBatch {
  /** Rows that may go out now, in order. */
  readonly rows: OutboxRow[];
  /** More rows wait behind an older transaction that has not ended. */
  readonly heldBack: boolean;
}

/**
 * Reads the next rows of some shards in the order in which they were appended.
 *
 * `seq` alone is not enough: a transaction that appended earlier may commit later, and its row would be passed. So
 * reading stops at the first row whose transaction lies at or above the snapshot's xmin: every older one has ended. Sorting by transaction id instead would be wrong: an id is taken at a
 * transaction's first write, which may be long before it gets the lock on the row that the event is about.
 *
 * A row at or above xmax cannot have been written by this cluster as it is now (a dump was restored); it is old.
 */
const READ = `
  SELECT seq, id, aggregatetype, aggregateid, type, version, source, payload::text AS payload, tracingspancontext, created_at,
         tx >= pg_snapshot_xmin(now_visible) AND tx < pg_snapshot_xmax(now_visible) AS held_back
    FROM outbox, pg_current_snapshot() AS now_visible
   WHERE published_at IS NULL AND shard = ANY ($1)
   ORDER BY seq
   LIMIT ${RELAY_BATCH_ROWS_MAX}`;

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
  held_back: boolean;
}

export async function readOutbox(client: ClientBase, shards: readonly number[]): Promise<OutboxBatch> {
  const { rows: found } = await client.query<ReadRow>(READ, [shards]);
  const rows: OutboxRow[] = [];
  let bytes = 0;
  for (const row of found) {
    if (row.held_back) return { rows, heldBack: true };
    bytes += Buffer.byteLength(row.payload) + Buffer.byteLength(row.aggregateid) + RECORD_OVERHEAD_BYTES;
    if (bytes > RELAY_BATCH_BYTES_MAX && rows.length > 0) break;
    rows.push({
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
    });
  }
  return { rows, heldBack: false };
}
