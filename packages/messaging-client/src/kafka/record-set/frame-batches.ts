import {
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  batchBytesAt,
  firstOffsetAt,
  magicAt,
  readBatchHeader,
} from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';

/** A batch as it is in a fetch. */
export interface BatchFrame {
  readonly bytes: Buffer;
  readonly firstOffset: bigint;
  /** Undefined where its format is unknown. */
  readonly header: BatchHeader | undefined;
  /** Why it has no header. */
  readonly problem?: string;
  /** Of the batch after it, if what follows looks like one. */
  readonly nextOffset: bigint | undefined;
}

/** Every batch has its format at the same place, those from before v2 as well. */
const MAGIC_END = 17;

/**
 * Splits a fetch into batches by their lengths. The last may be cut off at the size limit of the fetch, and is left for the next one.
 * After an impossible length nothing more can be found.
 */
export function* frameBatches(recordSet: Buffer): Generator<BatchFrame> {
  let at = 0;
  while (recordSet.length - at >= MAGIC_END) {
    const firstOffset = firstOffsetAt(recordSet, at);
    const length = batchBytesAt(recordSet, at);
    const magic = magicAt(recordSet, at);
    const isKnown = magic === BATCH_MAGIC;
    if (length < (isKnown ? BATCH_HEADER_BYTES : MAGIC_END)) {
      const problem = `a batch of ${length} bytes by its own length`;
      yield { bytes: recordSet.subarray(at), firstOffset, header: undefined, problem, nextOffset: undefined };
      return;
    }
    const end = at + length;
    if (end > recordSet.length) return;
    const bytes = recordSet.subarray(at, end);
    const nextOffset = offsetAt(recordSet, end, firstOffset);
    if (isKnown) yield { bytes, firstOffset, header: readBatchHeader(bytes), nextOffset };
    else yield { bytes, firstOffset, header: undefined, problem: `batch format ${magic} is unknown`, nextOffset };
    at = end;
  }
}

/** Where offsets do not ascend, or the format differs, there is no batch. */
function offsetAt(recordSet: Buffer, at: number, before: bigint): bigint | undefined {
  if (recordSet.length - at < MAGIC_END || magicAt(recordSet, at) !== BATCH_MAGIC) return undefined;
  const offset = firstOffsetAt(recordSet, at);
  return offset > before ? offset : undefined;
}
