import type { KafkaRecord as FetchedRecord, RecordsBatch } from '@platformatic/kafka';
import type { KafkaRecord, RecordHeaders } from '../driver.ts';

/** Bits of a batch's attributes. */
const LOG_APPEND_TIME = 1 << 3;
const CONTROL = 1 << 5;

export interface FetchedRecords {
  readonly records: KafkaRecord[];
  /** Of the last batch, whose last records may be gone or not to be handed out. */
  readonly lastOffset: bigint | undefined;
}

/** A batch comes whole even when only its end was asked for. */
export function recordsFrom(offset: bigint, batches: readonly RecordsBatch[]): FetchedRecords {
  const last = batches.at(-1);
  return {
    records: batches.flatMap((batch) => ((batch.attributes & CONTROL) === 0 ? recordsOf(batch, offset) : [])),
    lastOffset: last && last.firstOffset + BigInt(last.lastOffsetDelta),
  };
}

function recordsOf(batch: RecordsBatch, from: bigint): KafkaRecord[] {
  const appendTime = (batch.attributes & LOG_APPEND_TIME) === 0 ? undefined : batch.maxTimestamp;
  return batch.records.flatMap(({ offsetDelta, timestampDelta, key, value, headers }) => {
    const offset = batch.firstOffset + BigInt(offsetDelta);
    if (offset < from) return [];
    const timestamp = String(appendTime ?? batch.firstTimestamp + timestampDelta);
    return [{ offset: String(offset), timestamp, key, value, headers: headersOf(headers) }];
  });
}

function headersOf(entries: FetchedRecord['headers']): RecordHeaders {
  const headers = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const [name, value] of entries) {
    if (name === null || value === null) continue;
    const text = name.toString();
    const before = headers[text];
    if (before === undefined) headers[text] = value;
    else if (Array.isArray(before)) before.push(value);
    else headers[text] = [before, value];
  }
  return headers;
}
