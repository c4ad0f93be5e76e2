import { BATCH_HEADERS_MAX } from '../../limits.ts';
import type { FetchedRecord } from '../driver.ts';
import type { BatchHeader } from './batch-header.ts';
import { ByteCursor, FormatError } from './byte-cursor.ts';
import { readHeaders } from './read-headers.ts';

/**
 * The records of a batch whose payload, decompressed, is `payload`; `fromDelta` leaves out those before it.
 *
 * Offsets have to ascend within what the batch says it takes: one beyond would be taken for a later record of the partition.
 * @throws FormatError when the payload is not the records that the header speaks of
 */
export function readRecords(header: BatchHeader, payload: Buffer, fromDelta: number): FetchedRecord[] {
  const { recordCount, lastOffsetDelta } = header;
  const offsetOf = textOfSum(header.firstOffset);
  const timestampOf = textOfSum(header.baseTimestamp);
  const appendTime = header.hasAppendTime ? String(header.maxTimestamp) : undefined;
  const records: FetchedRecord[] = [];
  const all = new ByteCursor(payload);
  let before = -1;
  let headersLeft = BATCH_HEADERS_MAX;
  for (let n = 0; n < recordCount; n += 1) {
    const bytes = all.varint();
    const from = all.skip(bytes);
    const cursor = new ByteCursor(payload, from, from + bytes);
    // Attributes, of which none is in use.
    cursor.skip(1);
    const timestampDelta = cursor.varlong();
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
    const headers = readHeaders(cursor, headerCount);
    if (cursor.left > 0) throw new FormatError(`a record with ${cursor.left} bytes behind its end`);
    if (delta < fromDelta) continue;
    const timestamp = appendTime ?? timestampOf(timestampDelta);
    records.push({ offset: offsetOf(delta), timestamp, key, value, headers, bytes });
  }
  if (all.left > 0) throw new FormatError(`${all.left} bytes behind the last record`);
  return records;
}

/** Numbers of 64 bits as text; by way of JavaScript's own numbers, which are faster, where those are exact. */
function textOfSum(base: bigint): (delta: number | bigint) => string {
  const asNumber = Number(base);
  if (!Number.isSafeInteger(asNumber)) return (delta) => String(base + BigInt(delta));
  return (delta) => {
    const sum = typeof delta === 'number' ? asNumber + delta : Number.NaN;
    return Number.isSafeInteger(sum) ? String(sum) : String(base + BigInt(delta));
  };
}
