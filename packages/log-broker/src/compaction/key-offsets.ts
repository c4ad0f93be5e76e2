import type { PartitionLog } from '../log/partition-log.ts';
import { readRecords } from '../wire/record-batch.ts';
import { OffsetMap } from './offset-map.ts';
import type { Pace } from './pace.ts';
import { UncleanableLogError, payloadOf, storedBatches } from './stored-batches.ts';
import { TransactionsSeen } from './transactions-seen.ts';

/** The last offset of each key in a part of a log. */
export interface KeyOffsets {
  readonly map: OffsetMap;
  /** The part ends before this offset. Less than requested when the map is full. */
  readonly end: number;
}

/**
 * Reads the keys of `[from, end)`. Records of aborted transactions do not count: no reader gets them.
 *
 * @throws {UncleanableLogError} when a single batch has more keys than the map can hold
 */
export async function readKeyOffsets(
  log: PartitionLog,
  from: number,
  end: number,
  bytesMax: number,
  decompressedBytesMax: number,
  pace: Pace,
): Promise<KeyOffsets> {
  const map = new OffsetMap(bytesMax);
  const transactions = new TransactionsSeen(log.abortedTransactions(from, end));
  let mappedTo = from;
  for (const segment of log.segments.filter(({ baseOffset }) => baseOffset < end)) {
    if (segment.endOffset() <= from) continue;
    for (const batch of storedBatches(segment, segment.positionOf(from) ?? segment.sizeBytes)) {
      if (pace.isOver) await pace.pause();
      const { header } = batch;
      if (header.isControl) {
        transactions.endedBy(header, false);
      } else if (!transactions.isAborted(header)) {
        for (const { key, offset } of readRecords(header, payloadOf(batch, decompressedBytesMax))) {
          if (pace.isOver) await pace.pause();
          if (!key || offset < from) continue;
          if (!map.isFull) map.put(key, offset);
          else if (mappedTo > from) return { map, end: mappedTo };
          else throw new UncleanableLogError(`the batch at ${header.baseOffset} has more than ${map.capacity} keys`);
        }
      }
      mappedTo = header.lastOffset + 1;
    }
  }
  return { map, end };
}
