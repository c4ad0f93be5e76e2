import type { PartitionLog } from './partition-log.ts';

/** A producer that has written nothing for a day is forgotten, as in Kafka (producer.id.expiration.ms). */
const PRODUCER_EXPIRATION_MS = 24 * 3_600_000;

/**
 * Deletes expired segments of a log, oldest first: those whose newest record is older than `retention.ms` (or whose last
 * write is, where no record has a usable timestamp), then those beyond `retention.bytes`. Returns how many were deleted.
 *
 * Only whole segments are deleted, so records can live longer than `retention.ms` by the age of one segment. The current
 * segment is closed first when all of it has expired.
 */
export function applyRetention(log: PartitionLog, now: number): number {
  log.producers.expire(now - PRODUCER_EXPIRATION_MS);
  const { cleanupPolicy, retentionMs, retentionBytes } = log.config;
  if (log.failure || !cleanupPolicy.includes('delete')) return 0;

  let expired = 0;
  if (retentionMs >= 0) {
    while (expired < log.segments.length && isExpired(log, expired, now)) expired++;
  }
  let surplus = retentionBytes >= 0 ? log.sizeBytes - retentionBytes : 0;
  for (let index = 0; index < log.segments.length - 1; index++) {
    const size = log.segments[index]?.sizeBytes ?? 0;
    // Removing a segment must not go below the limit.
    if (index >= expired && surplus < size) break;
    surplus -= size;
    expired = Math.max(expired, index + 1);
  }

  if (expired === log.segments.length && log.active.sizeBytes > 0) log.roll();
  const oldestKept = log.segments[expired];
  return oldestKept ? log.advanceStart(oldestKept.baseOffset) : 0;
}

function isExpired(log: PartitionLog, index: number, now: number): boolean {
  const segment = log.segments[index];
  if (!segment) return false;
  // The last segment is there for what comes next. Another one was emptied by compaction.
  if (segment.sizeBytes === 0) return segment !== log.active;
  const { retentionMs, timestampAfterMaxMs } = log.config;
  // Records may have no timestamp (-1). One further in the future than producers may send was written before such times were
  // refused, or under a wrong clock. Apache Kafka would keep its segment, and all behind it, until that time comes.
  const hasTime = segment.maxTimestamp >= 0 && segment.maxTimestamp <= now + timestampAfterMaxMs;
  return (hasTime ? segment.maxTimestamp : segment.modifiedMs) < now - retentionMs;
}
