import type { PartitionLog } from '../log/partition-log.ts';

/** The part of a log that can be compacted now. Both ends are offsets. */
export interface CleanableRange {
  /** Where new keys begin: everything before was compacted. */
  readonly dirtyFrom: number;
  /** Where a segment begins that cannot be compacted. */
  readonly end: number;
  /** The share of the dirty part in all that can be compacted, from 0 to 1. */
  readonly dirtyRatio: number;
  /** Bytes of the dirty part. */
  readonly dirtyBytes: number;
}

/** Undefined when the log need not be compacted, by the rules of Kafka's LogCleanerManager. */
export function cleanableRange(log: PartitionLog, now: number): CleanableRange | undefined {
  const { cleanupPolicy, minCleanableDirtyRatio } = log.config;
  if (!cleanupPolicy.includes('compact') || log.failure || log.segments.length < 2) return undefined;
  // Beyond the end: the log was truncated by recovery, or is another one of the same name.
  const isKnown = log.compactedOffset >= log.startOffset && log.compactedOffset <= log.nextOffset;
  const dirtyFrom = isKnown ? log.compactedOffset : log.startOffset;
  const end = firstUncleanable(log, dirtyFrom, now);
  if (end <= dirtyFrom) return undefined;
  let bytes = 0;
  let dirtyBytes = 0;
  for (const [index, segment] of log.segments.entries()) {
    if (segment.baseOffset >= end) break;
    bytes += segment.sizeBytes;
    if ((log.segments[index + 1]?.baseOffset ?? 0) > dirtyFrom) dirtyBytes += segment.sizeBytes;
  }
  if (dirtyBytes === 0) return undefined;
  const dirtyRatio = dirtyBytes / bytes;
  const isDue = dirtyRatio > minCleanableDirtyRatio || isOverdue(log, dirtyFrom, end, now);
  return isDue ? { dirtyFrom, end, dirtyRatio, dirtyBytes } : undefined;
}

/** The active segment, one with an open transaction, and one with records that are too young. */
function firstUncleanable(log: PartitionLog, dirtyFrom: number, now: number): number {
  const { minCompactionLagMs } = log.config;
  const { active, lastStableOffset } = log;
  for (const [index, segment] of log.segments.entries()) {
    const end = log.segments[index + 1]?.baseOffset ?? log.nextOffset;
    if (segment === active || end > lastStableOffset) return segment.baseOffset;
    const isTooYoung = minCompactionLagMs > 0 && segment.maxTimestamp > now - minCompactionLagMs;
    if (isTooYoung && end > dirtyFrom) return segment.baseOffset;
  }
  return active.baseOffset;
}

function isOverdue(log: PartitionLog, dirtyFrom: number, end: number, now: number): boolean {
  const { maxCompactionLagMs } = log.config;
  return log.segments.some((segment, index) => {
    const isDirty = segment.baseOffset < end && (log.segments[index + 1]?.baseOffset ?? 0) > dirtyFrom;
    const first = isDirty ? segment.rollsFrom() : undefined;
    return first !== undefined && first > 0 && first < now - maxCompactionLagMs;
  });
}
