import { BATCH_HEADER_BYTES, encodeBatch, readRecords } from '../wire/record-batch.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import type { TopicRegistry } from '../topics/topic-registry.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { GroupLog } from './group-coordinator.ts';
import type { KeyedRecord } from './group-records.ts';

/** Kafka spreads its coordinators over 50 partitions; one node has one coordinator and needs one. */
const PARTITIONS = 1;

const COMPACTED_BATCH_RECORDS = 500;

export class OffsetsTopic implements GroupLog {
  private readonly topics: TopicRegistry;
  private readonly segmentBytes: number;

  constructor(topics: TopicRegistry, segmentBytes: number) {
    this.topics = topics;
    this.segmentBytes = segmentBytes;
  }

  /** The partition, created with the first record: a broker without groups has no such topic, as in Kafka. */
  get log(): PartitionLog {
    const topic =
      this.topics.get(OFFSETS_TOPIC) ??
      this.topics.create(OFFSETS_TOPIC, PARTITIONS, {
        'cleanup.policy': 'compact',
        'compression.type': 'producer',
        'segment.bytes': String(this.segmentBytes),
      });
    return topic.partitions[0] as PartitionLog;
  }

  append(records: readonly KeyedRecord[]): void {
    this.log.append(encodeBatch({ records, timestamp: Date.now() }));
  }

  /**
   * Kafka compacts this topic in the background. Here everything that still counts is known, so it is written once more
   * at the end, and the segments before it leave. A crash in between finds the old records, the new ones, or both: the
   * same offsets in each case.
   */
  async compact(live: Iterable<KeyedRecord>): Promise<boolean> {
    if (!this.topics.get(OFFSETS_TOPIC) || this.log.segments.length < 2) return false;
    const { log } = this;
    const keepFrom = log.nextOffset;
    log.roll();
    let records: KeyedRecord[] = [];
    for (const record of live) {
      records.push(record);
      if (records.length === COMPACTED_BATCH_RECORDS) this.append(records.splice(0));
    }
    if (records.length > 0) this.append(records);
    await log.sync();
    log.advanceStart(keepFrom);
    return true;
  }

  *records(): Generator<KeyedRecord> {
    if (!this.topics.get(OFFSETS_TOPIC)) return;
    for (const segment of this.log.segments) {
      for (const { position, header } of segment.headers()) {
        if (header.isControl || header.compression !== 0) continue;
        const payload = segment.readRaw(position, header.sizeBytes).subarray(BATCH_HEADER_BYTES);
        for (const { key, value } of readRecords(header, payload)) if (key) yield { key, value };
      }
    }
  }
}
