import type { DatabaseSession } from '../database/session.ts';
import {
  OUTBOX_READ_FROM_START_MS,
  RECORD_OVERHEAD_BYTES,
  RELAY_BATCH_BYTES_MAX,
  RELAY_BATCH_ROWS_MAX,
} from '../limits.ts';
import { readDecided, shardsOf } from './append-floor.ts';
import type { Appender } from './append-floor.ts';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

export interface OutboxBatch {
  /** Rows that may go out now, in order. */
  readonly rows: readonly OutboxRow[];
  /** Not all of what is decided was read; the rest is for the next batch. */
  readonly isFull: boolean;
  /** Open transactions that append to one of the shards; what lies above their first row there waits for them. */
  readonly appenders: readonly Appender[];
  /** For each shard: rows up to this sequence number are published once this batch is. */
  readonly upTo: ReadonlyMap<number, bigint>;
}

const EVERY_SHARD = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);

/**
 * Reads the next rows of some shards in the order in which they were appended, up to where each shard is decided: a
 * transaction that appended earlier may commit later, and its row must not be passed.
 *
 * Sorting by transaction id instead would be wrong: an id is taken at a transaction's first write, which may be long
 * before it gets the lock on the row that the event is about. Payloads are fetched only for the rows that fit.
 *
 * Shard and number are compared as a pair, so that no index but that of the waiting rows can serve: from statistics that
 * lag behind PostgreSQL would rather walk the primary key, past every row published in a day.
 */
const READ = `
  SELECT seq, id, shard, aggregatetype, aggregateid, type, version, data_versions, source, payload::text AS payload, tracingspancontext,
         created_at, rows_found
    FROM (SELECT next_of_shard.*,
                 sum(payload_bytes + ${RECORD_OVERHEAD_BYTES}) OVER (ORDER BY seq) - payload_bytes AS bytes_before,
                 row_number() OVER (ORDER BY seq) AS place,
                 count(*) OVER ()::int AS rows_found
            FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS held (shard, published_up_to, decided_up_to),
                 LATERAL (SELECT * FROM outbox
                           WHERE published_at IS NULL
                             AND (outbox.shard, seq) > (held.shard, published_up_to)
                             AND (outbox.shard, seq) <= (held.shard, decided_up_to)
                             AND NOT (aggregatetype = ANY ($4) OR aggregatetype || ' ' || aggregateid = ANY ($5))
                           ORDER BY outbox.shard, seq LIMIT $6) AS next_of_shard) AS weighed
   WHERE bytes_before < ${RELAY_BATCH_BYTES_MAX} AND place <= ${RELAY_BATCH_ROWS_MAX}
   ORDER BY seq`;

interface ReadRow {
  seq: string;
  id: string;
  shard: number;
  aggregatetype: string;
  aggregateid: string;
  type: string;
  version: number;
  data_versions: string | null;
  source: string;
  payload: string;
  tracingspancontext: string | null;
  created_at: Date;
  /** With those that did not fit. */
  rows_found: number;
}

/** What is left out for now, see rejected-rows.ts. */
export interface LeftOut {
  readonly topics: string[];
  /** Topic and key with a space between; a topic has none in it. */
  readonly keys: string[];
}

/**
 * Reads on from where all is published. While some snapshot in the database is old, the index entries of published rows
 * cannot be removed, and reading from the start would visit every one of them each time.
 */
export class OutboxReader {
  /** For each shard: every row up to this sequence number is decided and published, by whichever instance. */
  #publishedUpTo = EVERY_SHARD.map(() => 0n);
  #fromStartAt = -Infinity;
  #rowsOfShardMax = 0;

  async read(session: DatabaseSession, shards: readonly number[], leftOut: LeftOut): Promise<OutboxBatch> {
    const decided = await readDecided(session);
    this.#readFromStartNowAndThen(decided.upTo);
    const rowsOfShardMax = Math.max(this.#rowsOfShardMax, Math.ceil(RELAY_BATCH_ROWS_MAX / Math.max(1, shards.length)));
    const found = await session.query<ReadRow>(READ, [
      shards,
      shards.map((shard) => String(this.#publishedUpTo[shard])),
      shards.map((shard) => String(decided.upTo[shard])),
      leftOut.topics,
      leftOut.keys,
      rowsOfShardMax,
    ]);
    const rows = thatFit(found);
    const wasCut = rows.length < (found[0]?.rows_found ?? 0);
    const last = rows.at(-1);
    const upTo = new Map<number, bigint>();
    let shardWasCut = false;
    for (const shard of shards) {
      const ofShard = rows.filter((row) => row.shard === shard);
      const isCut = ofShard.length >= rowsOfShardMax;
      shardWasCut ||= isCut;
      const decidedUpTo = decided.upTo[shard]!;
      if (isCut) upTo.set(shard, BigInt(ofShard.at(-1)!.seq));
      else upTo.set(shard, wasCut ? lower(decidedUpTo, BigInt(last!.seq)) : decidedUpTo);
    }
    // Few shards with much in them are read in larger steps; many would be read in vain.
    if (wasCut) this.#rowsOfShardMax = Math.ceil(rowsOfShardMax / 2);
    else if (shardWasCut) this.#rowsOfShardMax = Math.min(RELAY_BATCH_ROWS_MAX, 2 * rowsOfShardMax);
    return {
      rows: rows.map(asOutboxRow),
      isFull: wasCut || shardWasCut,
      appenders: decided.appenders.filter((appender) => shardsOf(appender).some((shard) => shards.includes(shard))),
      upTo,
    };
  }

  /** To be called when all rows of a batch are published; what is left out is not, and keeps its shard where it is. */
  isPublished({ upTo }: OutboxBatch, isHeldUp: (shard: number) => boolean): void {
    for (const [shard, seq] of upTo) {
      if (seq > this.#publishedUpTo[shard]! && !isHeldUp(shard)) this.#publishedUpTo[shard] = seq;
    }
  }

  /** A row that was inserted past append() has no floor and may have been passed; a sequence may have been restarted. */
  #readFromStartNowAndThen(decidedUpTo: readonly bigint[]): void {
    const wasRestarted = highest(decidedUpTo) < highest(this.#publishedUpTo);
    if (!wasRestarted && performance.now() - this.#fromStartAt < OUTBOX_READ_FROM_START_MS) return;
    this.#publishedUpTo = EVERY_SHARD.map(() => 0n);
    this.#fromStartAt = performance.now();
  }
}

/** By their real size: `payload_bytes` is 0 in a row that was inserted past append(). */
function thatFit(found: readonly ReadRow[]): readonly ReadRow[] {
  let bytes = 0;
  const firstTooMuch = found.findIndex(({ payload, aggregateid }) => {
    bytes += Buffer.byteLength(payload) + Buffer.byteLength(aggregateid) + RECORD_OVERHEAD_BYTES;
    return bytes > RELAY_BATCH_BYTES_MAX;
  });
  return firstTooMuch === -1 ? found : found.slice(0, Math.max(1, firstTooMuch));
}

function highest(seqs: readonly bigint[]): bigint {
  return seqs.reduce((most, one) => (one > most ? one : most), 0n);
}

function lower(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function asOutboxRow(row: ReadRow): OutboxRow {
  return {
    seq: row.seq,
    id: row.id,
    shard: row.shard,
    topic: row.aggregatetype,
    key: row.aggregateid,
    type: row.type,
    version: row.version,
    dataVersions: row.data_versions,
    source: row.source,
    payload: row.payload,
    traceparent: row.tracingspancontext?.match(/^traceparent=(.*)$/m)?.[1] ?? null,
    createdAt: row.created_at,
  };
}
