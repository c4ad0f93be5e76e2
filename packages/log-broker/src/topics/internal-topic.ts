import { BATCH_HEADER_BYTES, encodeBatch, readRecords } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import { readMarker } from '../log/transaction-marker.ts';
import type { TransactionMarker } from '../log/transaction-marker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { INTERNAL_CONFIGS } from './topic-registry.ts';
import type { TopicRegistry } from './topic-registry.ts';

/** Kafka spreads its coordinators over 50 partitions, and a folder that it has written may have them; one node needs one. */
const PARTITIONS = 1;

const MERGED_BATCH_RECORDS = 500;

export interface KeyedRecord {
  readonly key: Buffer;
  /** Null deletes the key. */
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

  /** The partition, created with the first record: a broker that does not need the topic does not have it, as in Kafka. */
  get log(): PartitionLog {
    const configs = { ...INTERNAL_CONFIGS, 'segment.bytes': String(this.segmentBytes) };
    const topic = this.topics.get(this.name) ?? this.topics.createNow(this.name, PARTITIONS, configs);
    return topic.partitions[0] as PartitionLog;
  }

  append(records: readonly KeyedRecord[], transaction?: { producerId: number; producerEpoch: number }): void {
    const isTransactional = transaction !== undefined;
    this.log.append(encodeBatch({ records, timestamp: Date.now(), isTransactional, ...transaction }));
  }

  /**
   * Brings what an Apache Kafka has written to the other partitions into the first one, where it is compacted as any topic. All
   * valid state is written there once more, then the others are emptied. A crash in between leaves the old records, the new ones,
   * or both: the same state in each case. Resolves with whether there was anything.
   */
  async mergePartitions(live: () => Iterable<KeyedRecord>): Promise<boolean> {
    const all = this.topics.get(this.name)?.partitions ?? [];
    const others = all.slice(1).filter(({ startOffset, nextOffset }) => startOffset < nextOffset);
    if (others.length === 0) return false;
    // Records of an open transaction become valid only when it ends.
    if (all.some(({ producers }) => producers.firstOpenOffset() !== undefined)) return false;
    let records: KeyedRecord[] = [];
    for (const record of live()) {
      records.push(record);
      if (records.length === MERGED_BATCH_RECORDS) this.append(records.splice(0));
    }
    if (records.length > 0) this.append(records);
    await this.log.sync();
    for (const other of others) other.advanceStart(other.nextOffset);
    return true;
  }

  /** All batches. Only the first partition is written to, so it is read last: its records are newer. */
  *batches(): Generator<InternalBatch> {
    for (const log of this.topics.get(this.name)?.partitions.toReversed() ?? []) yield* batchesOf(log);
  }
}

function* batchesOf(log: PartitionLog): Generator<InternalBatch> {
  for (const segment of log.segments) {
    for (const { position, header } of segment.headers()) {
      if (header.compression !== 0 || header.lastOffset < log.startOffset) continue;
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
