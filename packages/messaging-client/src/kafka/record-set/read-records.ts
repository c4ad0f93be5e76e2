import { BATCH_HEADERS_MAX } from '../../limits.ts';
import type { FetchedRecord } from '../driver.ts';
import type { BatchHeader } from './batch-header.ts';
import { ByteCursor, FormatError } from './byte-cursor.ts';
import { BatchHeaders, EncodedHeaders } from './encoded-headers.ts';

/**
 * The records of a batch whose payload, decompressed, is `payload`; `fromDelta` leaves out those before it.
 *
 * Offsets must ascend up to the batch's last: one beyond it would be taken for a later record of the partition.
 * @throws FormatError when the payload does not match the header
 */
export function readRecords(header: BatchHeader, payload: Buffer, fromDelta: number): FetchedRecord[] {
  const { recordCount, lastOffsetDelta } = header;
  const offsets = new Sums(header.firstOffset);
  const timestamps = new Sums(header.baseTimestamp);
  const headersOfBatch = new BatchHeaders(new ByteCursor(payload));
  const cursor = new ByteCursor(payload);
  const records: FetchedRecord[] = [];
  let before = -1;
  let headersLeft = BATCH_HEADERS_MAX;
  // Most records of a batch have the same.
  let timestampDelta: number | bigint = 0;
  let timestamp = header.hasAppendTime ? String(header.maxTimestamp) : timestamps.textOf(0);
  for (let n = 0; n < recordCount; n += 1) {
    const bytes = cursor.varint();
    const end = cursor.at + bytes;
    // Attributes, none of which is used.
    cursor.skip(1);
    const ownTimestampDelta = cursor.varlong();
    const delta = cursor.varint();
    if (delta <= before || delta > lastOffsetDelta) {
      throw new FormatError(`a record at ${delta} after ${before}, in a batch up to ${lastOffsetDelta}`);
    }
    before = delta;
    const key = cursor.varintBytes();
    const value = cursor.varintBytes();
    const headerCount = cursor.varint();
    headersLeft -= headerCount;
    if (headerCount < 0 || headersLeft < 0) {
      throw new FormatError(`a record with ${headerCount} headers, in a batch of at most ${BATCH_HEADERS_MAX}`);
    }
    const headersFrom = cursor.at;
    let headerBytes = 0;
    for (let left = headerCount; left > 0; left -= 1) {
      const nameBytes = cursor.varint();
      cursor.skip(nameBytes);
      headerBytes += nameBytes + cursor.skipVarintBytes();
    }
    if (cursor.at !== end) throw new FormatError(`a record of ${bytes} bytes that ends ${cursor.at - end} bytes later`);
    if (delta < fromDelta) continue;
    if (ownTimestampDelta !== timestampDelta && !header.hasAppendTime) {
      timestampDelta = ownTimestampDelta;
      timestamp = timestamps.textOf(timestampDelta);
    }
    const headers = new EncodedHeaders(headersOfBatch, headersFrom, headerCount, headerBytes);
    records.push({ offset: offsets.textOf(delta), timestamp, key, value, headers, bytes });
  }
  if (cursor.left > 0) throw new FormatError(`${cursor.left} bytes behind the last record`);
  return records;
}

/** Sums of 64 bits as text; by way of JavaScript's own numbers, which are faster, where those are exact. */
class Sums {
  readonly #base: bigint;
  readonly #baseNumber: number;

  constructor(base: bigint) {
    this.#base = base;
    this.#baseNumber = Number.isSafeInteger(Number(base)) ? Number(base) : Number.NaN;
  }

  textOf(delta: number | bigint): string {
    const sum = typeof delta === 'number' ? this.#baseNumber + delta : Number.NaN;
    return Number.isSafeInteger(sum) ? String(sum) : String(this.#base + BigInt(delta));
  }
}
