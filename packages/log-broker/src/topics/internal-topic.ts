import { BATCH_HEADER_BYTES, encodeBatch, readRecords } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import { readMarker } from '../log/transaction-marker.ts';
import type { TransactionMarker } from '../log/transaction-marker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { TopicRegistry } from './topic-registry.ts';

/** Kafka spreads its coordinators over 50 partitions; one node has one coordinator and needs one. */
const PARTITIONS = 1;

const COMPACTED_BATCH_RECORDS = 500;

export interface KeyedRecord {
  readonly key: Buffer;
  /** Null takes the key back. */
  readonly value: Buffer | null;
}

export interface InternalBatch {
  readonly header: BatchHeader;
  readonly records: readonly KeyedRecord[];
  /** Set for the end of a transaction. */
  readonly marker: TransactionMarker | undefined;
}

/** A topic the broker keeps its own state in, by key: `__consumer_offsets` and `__transaction_state`. */
export class InternalTopic {
  private readonly topics: TopicRegistry;
  private readonly name: string;
  private readonly segmentBytes: number;

  constructor(topics: TopicRegistry, name: string, segmentBytes: number) {
    this.topics = topics;
    this.name = name;
    this.segmentBytes = segmentBytes;
  }

  /** The partition, created with the first record: a broker that needs it for nothing has no such topic, as in Kafka. */
  get log(): PartitionLog {
    const configs = {
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'segment.bytes': String(this.segmentBytes),
    };
    const topic = this.topics.get(this.name) ?? this.topics.create(this.name, PARTITIONS, configs);
    return topic.partitions[0] as PartitionLog;
  }

  append(records: readonly KeyedRecord[], transaction?: { producerId: number; producerEpoch: number }): void {
    const isTransactional = transaction !== undefined;
    this.log.append(encodeBatch({ records, timestamp: Date.now(), isTransactional, ...transaction }));
  }

  /**
   * Kafka compacts such a topic in the background. Here everything that still counts is known, so it is written once more
   * at the end, and the segments before it leave. A crash in between finds the old records, the new ones, or both: the
   * same state in each case.
   */
  async compact(live: () => Iterable<KeyedRecord>): Promise<boolean> {
    if (!this.topics.get(this.name) || this.log.segments.length < 2) return false;
    const { log } = this;
    // Records of an open transaction count only once it ends.
    if (log.producers.firstOpenOffset() !== undefined) return false;
    const keepFrom = log.nextOffset;
    log.roll();
    let records: KeyedRecord[] = [];
    for (const record of live()) {
      records.push(record);
      if (records.length === COMPACTED_BATCH_RECORDS) this.append(records.splice(0));
    }
    if (records.length > 0) this.append(records);
    await log.sync();
    log.advanceStart(keepFrom);
    return true;
  }

  *batches(): Generator<InternalBatch> {
    if (!this.topics.get(this.name)) return;
    for (const segment of this.log.segments) {
      for (const { position, header } of segment.headers()) {
        if (header.compression !== 0) continue;
        const batch = segment.readRaw(position, header.sizeBytes);
        if (header.isControl) {
          yield { header, records: [], marker: readMarker(batch) };
          continue;
        }
        const records: KeyedRecord[] = [];
        for (const { key, value } of readRecords(header, batch.subarray(BATCH_HEADER_BYTES))) {
          if (key) records.push({ key, value });
        }
        yield { header, records, marker: undefined };
      }
    }
  }
}
