/** A row of the outbox as the relay reads it. */
export interface OutboxRow {
  /** Order of appending within the database; bigint as text. */
  readonly seq: string;
  readonly id: string;
  /** Of its key; see outbox-table.ts. */
  readonly shard: number;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly version: number;
  /** As in the header `ce_dataversions`. */
  readonly dataVersions?: string | null;
  readonly source: string;
  /** JSON text, as it goes onto the wire. */
  readonly payload: string;
  readonly traceparent: string | null;
  readonly createdAt: Date;
}
