import { DECODED_BYTES_AT_ONCE } from '../../limits.ts';
import type { FetchedRecord, UndecodableBatch } from '../driver.ts';
import { AbortedTransactions } from './aborted-transactions.ts';
import type { AbortedTransaction } from './aborted-transactions.ts';
import { FormatError } from './byte-cursor.ts';
import { checksumHolds, decodeBatch } from './decode-batch.ts';
import { frameBatches } from './frame-batches.ts';
import type { BatchFrame } from './frame-batches.ts';

/** What a broker sent of one partition. */
export interface FetchedPartition {
  /** Batches, the last of which may be cut off. */
  readonly recordSet: Buffer;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly highWatermark: bigint;
}

/** Consecutive records, up to a batch that cannot be decoded or to so many bytes. */
export interface DecodedRecords {
  readonly records: readonly FetchedRecord[];
  /** After the records. */
  readonly undecodable?: UndecodableBatch;
  /** Of the last batch, whose last records may be compacted or not to be handed out. */
  readonly lastOffset: bigint;
}

/**
 * The records of a fetch from an offset on, in one pass, part by part: a part is decompressed when it is requested.
 *
 * A batch that cannot be decoded ends its part, and the next part begins after it. Records of aborted transactions, and the markers of
 * all transactions, are skipped.
 */
export function* decodeRecordSet(fetched: FetchedPartition, fromOffset: bigint): Generator<DecodedRecords> {
  const aborted = new AbortedTransactions(fetched.abortedTransactions);
  let records: FetchedRecord[] = [];
  let bytes = 0;
  let next = fromOffset;
  let lastOffset: bigint | undefined;
  for (const frame of frameBatches(fetched.recordSet)) {
    const read = readFrame(frame, fetched, next, aborted);
    // Before the requested offset, or a repetition.
    if (read.lastOffset < next) continue;
    lastOffset = read.lastOffset;
    next = lastOffset + 1n;
    if ('records' in read) {
      records = records.length === 0 ? read.records : records.concat(read.records);
      bytes += read.bytes;
      if (bytes < DECODED_BYTES_AT_ONCE) continue;
      yield { records, lastOffset };
    } else {
      yield { records, undecodable: read.undecodable, lastOffset };
    }
    records = [];
    bytes = 0;
    lastOffset = undefined;
  }
  if (lastOffset !== undefined) yield { records, lastOffset };
}

type ReadFrame =
  | { readonly records: FetchedRecord[]; readonly bytes: number; readonly lastOffset: bigint }
  | { readonly undecodable: UndecodableBatch; readonly lastOffset: bigint };

const NO_RECORDS = { records: [], bytes: 0 };

function readFrame(
  frame: BatchFrame,
  { highWatermark }: FetchedPartition,
  fromOffset: bigint,
  aborted: AbortedTransactions,
): ReadFrame {
  const { header, firstOffset } = frame;
  if (header === undefined || !checksumHolds(frame.bytes, header)) {
    const problem = frame.problem ?? 'its checksum is wrong';
    return undecodable(frame, problem, lastOffsetOfDamaged(frame, fromOffset, highWatermark));
  }
  const lastOffset = firstOffset + BigInt(Math.max(header.lastOffsetDelta, 0));
  if (aborted.includes(header) || lastOffset < fromOffset) return { ...NO_RECORDS, lastOffset };
  try {
    const decoded = decodeBatch(frame.bytes, header, fromOffset);
    if (!header.isControl) return { ...decoded, lastOffset };
    aborted.marked(header, decoded.records);
    return { ...NO_RECORDS, lastOffset };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return undecodable(frame, error.message, lastOffset);
  }
}

function undecodable({ bytes, firstOffset, header }: BatchFrame, problem: string, lastOffset: bigint): ReadFrame {
  const timestamp = String(header?.maxTimestamp ?? 0n);
  return {
    undecodable: { firstOffset: String(firstOffset), lastOffset: String(lastOffset), timestamp, bytes, problem },
    lastOffset,
  };
}

/**
 * The last offset of a batch whose header is unreliable. One that is too high would skip good records in silence; one that is too low
 * only returns the same batch once more.
 */
function lastOffsetOfDamaged({ firstOffset, header, nextOffset }: BatchFrame, from: bigint, end: bigint): bigint {
  if (nextOffset !== undefined) return nextOffset - 1n;
  if (header !== undefined && header.lastOffsetDelta >= 0 && header.lastOffsetDelta === header.recordCount - 1) {
    const last = firstOffset + BigInt(header.lastOffsetDelta);
    if (last < end) return last;
  }
  return firstOffset > from && firstOffset < end ? firstOffset : from;
}
