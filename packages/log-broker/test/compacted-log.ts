import type { Broker } from '../src/broker.ts';
import { DEFAULT_LOG_CONFIG } from '../src/log/log-config.ts';
import type { PartitionLog } from '../src/log/partition-log.ts';
import { decompress } from '../src/wire/decompress.ts';
import { BATCH_HEADER_BYTES, batchDefect, readBatchHeader, readRecords } from '../src/wire/record-batch.ts';
import type { BatchHeader } from '../src/wire/record-batch.ts';

// Reads a log as a consumer does, for tests of compaction.

export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** Settings of a compacted topic whose dirty part is always compacted. */
export const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };

/** A new compacted topic of one partition. */
export function compactedTopic(broker: Broker, configs: Record<string, string> = {}): PartitionLog {
  const topic = broker.topics.createNow('compacted', 1, { ...COMPACT, ...configs });
  return topic.partitions[0] as PartitionLog;
}

/** @throws {Error} for a batch that is damaged or out of order, or when the log ends before its last offset */
export function* batchesOf(log: PartitionLog): Generator<{ header: BatchHeader; bytes: Buffer }> {
  let before = -1;
  for (let offset = log.startOffset; offset < log.nextOffset;) {
    const chunk = log.read(offset, 4_096, log.nextOffset);
    if (chunk.length === 0)
      throw new Error(`${log.name} has nothing from ${offset} on, and should end at ${log.nextOffset}`);
    for (let at = 0; at < chunk.length;) {
      const defect = batchDefect(chunk, at, chunk.length - at);
      const header = readBatchHeader(chunk, at);
      if (defect) throw new Error(`${defect} in the batch at ${header.baseOffset}`);
      if (header.baseOffset <= before) throw new Error(`batch ${header.baseOffset} after ${before}`);
      before = header.lastOffset;
      yield { header, bytes: chunk.subarray(at, at + header.sizeBytes) };
      at += header.sizeBytes;
      offset = header.lastOffset + 1;
    }
  }
}

/** Every record, those of aborted transactions too, without transaction markers. */
export function recordsOf(log: PartitionLog): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (const { header, bytes } of batchesOf(log)) {
    if (header.isControl) continue;
    const payload = bytes.subarray(BATCH_HEADER_BYTES);
    for (const record of readRecords(
      header,
      decompress(payload, header.compression, DEFAULT_LOG_CONFIG.maxMessageBytes),
    )) {
      const { offset, timestamp, key, value } = record;
      records.push({ offset, timestamp, key: key && String(key), value: value && String(value) });
    }
  }
  return records;
}

/** `key=value@offset` of each record: what a test compares. */
export function contentOf(log: PartitionLog): string[] {
  return recordsOf(log).map(({ offset, key, value }) => `${key}=${value}@${offset}`);
}
