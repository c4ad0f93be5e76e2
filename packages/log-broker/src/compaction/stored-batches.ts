import { CLEANING_READ_BYTES } from '../limits.ts';
import type { LogSegment } from '../log/log-segment.ts';
import { decompress } from '../wire/decompress.ts';
import { BATCH_HEADER_BYTES, batchSizeAt, readBatchHeader } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';

export interface StoredBatch {
  readonly header: BatchHeader;
  /** All of it. The caller must not change it. */
  readonly bytes: Buffer;
}

/** Whole batches of a segment from `position` on. A step reads from the file, so the segment must still have it. */
export function* storedBatches(segment: LogSegment, position = 0): Generator<StoredBatch> {
  for (let at = position; at < segment.sizeBytes;) {
    let chunk = segment.readRaw(at, Math.min(CLEANING_READ_BYTES, segment.sizeBytes - at));
    if (chunk.length < BATCH_HEADER_BYTES) return;
    if (batchSizeAt(chunk, 0) > chunk.length) chunk = segment.readRaw(at, batchSizeAt(chunk, 0));
    let begin = 0;
    while (begin + BATCH_HEADER_BYTES <= chunk.length) {
      const end = begin + batchSizeAt(chunk, begin);
      if (end > chunk.length) break;
      yield { header: readBatchHeader(chunk, begin), bytes: chunk.subarray(begin, end) };
      begin = end;
    }
    if (begin === 0) return;
    at += begin;
  }
}

/** Thrown for a log that can never be compacted. */
export class UncleanableLogError extends Error {
  override name = 'UncleanableLogError';
}

/**
 * The records as bytes.
 *
 * @throws {UncleanableLogError} when they cannot be decompressed: an Apache Kafka does not check that when they are produced
 */
export function payloadOf({ header, bytes }: StoredBatch, bytesMax: number): Buffer {
  try {
    return decompress(bytes.subarray(BATCH_HEADER_BYTES), header.compression, bytesMax);
  } catch (error) {
    throw new UncleanableLogError(`the batch at ${header.baseOffset} cannot be read: ${(error as Error).message}`);
  }
}
