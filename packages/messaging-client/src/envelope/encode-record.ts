import type { OutboxRow } from './outbox-row.ts';
import { dataSchemaOf, HEADER, JSON_CONTENT, SPEC_VERSION } from './cloud-event-headers.ts';

export interface EncodedRecord {
  key: string;
  value: string;
  headers: Record<string, string>;
  /** Milliseconds since 1970, as text: when the record was published. */
  timestamp: string;
}

/**
 * An outbox row as a record in CloudEvents binary mode.
 *
 * `ce_time` is when the event was appended, by the database's clock. The record's own timestamp is when it is published, by
 * this process's clock: the broker counts its retention from there, and a row may have waited for longer than that.
 */
export function encodeRecord(row: Omit<OutboxRow, 'seq' | 'shard'>, publishedAt: Date): EncodedRecord {
  const headers: Record<string, string> = {
    [HEADER.specVersion]: SPEC_VERSION,
    [HEADER.id]: row.id,
    [HEADER.source]: row.source,
    [HEADER.type]: row.type,
    [HEADER.time]: row.createdAt.toISOString(),
    [HEADER.dataSchema]: dataSchemaOf(row.type, row.version),
    [HEADER.contentType]: JSON_CONTENT,
  };
  if (row.dataVersions) headers[HEADER.dataVersions] = row.dataVersions;
  if (row.traceparent !== null) headers[HEADER.traceparent] = row.traceparent;
  return { key: row.key, value: row.payload, headers, timestamp: String(publishedAt.getTime()) };
}
