import type { ProducerState } from '../log/producer-state.ts';
import type { AbortedTransaction } from '../log/segment-indexes.ts';
import { readMarker } from '../log/transaction-marker.ts';
import { deleteHorizonOf } from '../wire/rebuild-batch.ts';
import type { BatchHeader, LogRecord } from '../wire/record-batch.ts';
import type { KeyOffsets } from './key-offsets.ts';
import type { StoredBatch } from './stored-batches.ts';
import type { TransactionsSeen } from './transactions-seen.ts';

export interface CompactionRules {
  readonly keys: KeyOffsets;
  readonly transactions: TransactionsSeen;
  readonly producers: ProducerState;
  /** Where the part ends that can be compacted: not always that of `keys`. */
  readonly end: number;
  readonly now: number;
  readonly deleteRetentionMs: number;
}

/** What stays of one batch. */
export interface Verdict {
  readonly keepsRecord: (record: LogRecord) => boolean;
  /** Whether the header stays when no record does. */
  readonly keepsHeader: boolean;
  /** A marker that no reader needs: it is removed when its delete horizon has passed. */
  readonly isSpentMarker: boolean;
  /** An aborted transaction of which batches are left: this is its marker. */
  readonly abortedTransaction: AbortedTransaction | undefined;
}

/**
 * Decides by the rules of Kafka's Cleaner: the last record of each key stays; a tombstone and a marker stay for
 * `delete.retention.ms` after their first compaction; records of aborted transactions go. To be called for each batch in order of offsets.
 */
export function whatStays(batch: StoredBatch, rules: CompactionRules): Verdict {
  const { header, bytes } = batch;
  const { keys, now } = rules;
  const horizon = deleteHorizonOf(bytes);
  const isHorizonPassed = horizon !== undefined && horizon <= now;
  const keepsHeader = isLastOfProducer(header, rules.producers) || header.lastOffset + 1 === rules.end;
  if (header.isControl) {
    const { isNeeded, abortedTransaction } = rules.transactions.endedBy(header, readMarker(bytes).committed);
    const stays = isNeeded || !isHorizonPassed;
    return { keepsRecord: () => stays, keepsHeader, isSpentMarker: !isNeeded, abortedTransaction };
  }
  const isAborted = rules.transactions.isAborted(header);
  const keepsRecord = ({ offset, key, value }: LogRecord) => {
    if (isAborted) return false;
    if (offset >= keys.end) return true;
    // Records without a key were written before the topic was compacted.
    if (!key || keys.map.get(key) > offset) return false;
    return value !== null || !isHorizonPassed;
  };
  return { keepsRecord, keepsHeader, isSpentMarker: false, abortedTransaction: undefined };
}

/** After a restart the last sequence of an idempotent producer is read from its last batch, or its epoch from its last marker. */
function isLastOfProducer(header: BatchHeader, producers: ProducerState): boolean {
  const producer = producers.get(header.producerId);
  if (!producer) return false;
  const last = producer.batches.at(-1);
  return last ? header.lastOffset === last.lastOffset : header.isControl && header.producerEpoch === producer.epoch;
}
