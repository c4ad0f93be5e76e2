import type { FetchedRecord } from '../driver.ts';
import { BATCH_DECOMPRESSED_BYTES_MAX, BATCH_RECORDS_MAX } from '../../limits.ts';
import { BATCH_CHECKED_FROM, BATCH_HEADER_BYTES } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { FormatError } from './byte-cursor.ts';
import { crc32c } from './crc32c.ts';
import { inflate } from './inflate.ts';
import { readRecords } from './read-records.ts';

export interface DecodedBatch {
  readonly records: FetchedRecord[];
  /** Of its records, decompressed. */
  readonly bytes: number;
}

export function checksumHolds(batch: Buffer, { crc }: BatchHeader): boolean {
  return crc32c(batch, BATCH_CHECKED_FROM) === crc;
}

/**
 * The records of one whole batch from an offset on.
 * @throws FormatError saying why it cannot be decoded
 */
export function decodeBatch(batch: Buffer, header: BatchHeader, fromOffset: bigint): DecodedBatch {
  const { recordCount, lastOffsetDelta } = header;
  if (recordCount < 0 || lastOffsetDelta < 0) {
    throw new FormatError(`a batch of ${recordCount} records up to ${lastOffsetDelta}`);
  }
  if (recordCount > BATCH_RECORDS_MAX) {
    throw new FormatError(`a batch of ${recordCount} records, more than ${BATCH_RECORDS_MAX}`);
  }
  // Compaction leaves the header of a batch that it emptied.
  if (recordCount === 0) return { records: [], bytes: 0 };
  const payload = ownBytes(inflate(batch.subarray(BATCH_HEADER_BYTES), header.codec, BATCH_DECOMPRESSED_BYTES_MAX));
  return {
    records: readRecords(header, payload, Number(fromOffset - header.firstOffset)),
    bytes: payload.length,
  };
}

/**
 * A record is a view of its batch. A batch that is a view of the whole fetch would keep all of that in memory for as long as one
 * of its records is in flight, and the bound on bytes in flight does not count it.
 */
function ownBytes(payload: Buffer): Buffer {
  return payload.length < payload.buffer.byteLength / 2 ? Buffer.from(payload) : payload;
}
