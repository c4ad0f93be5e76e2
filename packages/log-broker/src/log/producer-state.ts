import { BATCHES_REMEMBERED_PER_PRODUCER } from '../limits.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { sequenceAfter } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';

/** A batch of an idempotent producer that is in the log. */
export interface RememberedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

/** What one partition knows about one producer. */
export interface ProducerEntry {
  readonly producerId: number;
  epoch: number;
  /** Newest last, at most {@link BATCHES_REMEMBERED_PER_PRODUCER}. */
  batches: RememberedBatch[];
  lastTimestamp: number;
  coordinatorEpoch: number;
  /** First offset of its transaction still open in this partition. */
  openTransactionFrom: number | undefined;
}

export interface EndedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/**
 * Producers seen in a partition: to answer a resent batch with the offset it already has, to refuse a batch out of
 * order, and to know which transactions are open. Derived from the log alone: recovery replays it.
 */
export class ProducerState {
  private readonly entries = new Map<number, ProducerEntry>();
  /** First offsets of open transactions by producer. They open in offset order, so the oldest comes first. */
  private readonly open = new Map<number, number>();

  get size(): number {
    return this.entries.size;
  }

  all(): IterableIterator<ProducerEntry> {
    return this.entries.values();
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.entries.get(producerId);
  }

  restore(entry: ProducerEntry): void {
    this.entries.set(entry.producerId, entry);
    if (entry.openTransactionFrom !== undefined) this.open.set(entry.producerId, entry.openTransactionFrom);
  }

  clear(): void {
    this.entries.clear();
    this.open.clear();
  }

  /**
   * Checks a batch before it is written, by Kafka's rules (ProducerAppendInfo).
   *
   * @returns the batch in the log when this one is a resend of it
   * @throws {KafkaError} INVALID_PRODUCER_EPOCH for a fenced producer, OUT_OF_ORDER_SEQUENCE_NUMBER for a gap
   */
  check(header: BatchHeader): RememberedBatch | undefined {
    const entry = this.entries.get(header.producerId);
    // An unknown producer may start at any sequence: retention may have deleted its earlier records.
    if (!entry) return undefined;
    if (header.producerEpoch < entry.epoch) {
      const detail = `epoch ${header.producerEpoch} of producer ${header.producerId} is behind ${entry.epoch}`;
      throw new KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH, detail);
    }
    if (header.producerEpoch > entry.epoch) {
      if (header.baseSequence === 0) return undefined;
      const detail = `first sequence ${header.baseSequence} of a new epoch of producer ${header.producerId} is not 0`;
      throw new KafkaError(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, detail);
    }
    const resent = entry.batches.find(
      (batch) => batch.baseSequence === header.baseSequence && batch.lastSequence === header.lastSequence,
    );
    if (resent) return resent;
    const last = entry.batches.at(-1);
    const expected = last ? sequenceAfter(last.lastSequence, 1) : 0;
    if (header.baseSequence === expected) return undefined;
    const detail = `sequence ${header.baseSequence} of producer ${header.producerId}, expected ${expected}`;
    throw new KafkaError(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, detail);
  }

  /** Applies a data batch that is in the log. */
  note(header: BatchHeader): void {
    let entry = this.entries.get(header.producerId);
    if (!entry) {
      entry = newEntry(header.producerId, header.producerEpoch);
      this.entries.set(header.producerId, entry);
    }
    if (entry.epoch !== header.producerEpoch) {
      entry.epoch = header.producerEpoch;
      entry.batches = [];
    }
    // Batches of the coordinators (committed offsets) carry no sequence.
    if (header.baseSequence >= 0) this.remember(entry, header);
    entry.lastTimestamp = header.maxTimestamp;
    if (header.isTransactional && entry.openTransactionFrom === undefined) {
      entry.openTransactionFrom = header.baseOffset;
      this.open.set(header.producerId, header.baseOffset);
    }
  }

  private remember(entry: ProducerEntry, header: BatchHeader): void {
    const last = entry.batches.at(-1);
    // It was forgotten, and has begun again. What it had sent under these sequences before is not what it sends now.
    const goesOn = last && header.baseSequence === sequenceAfter(last.lastSequence, 1);
    if (last && !goesOn && header.baseSequence <= last.lastSequence) entry.batches = [];
    entry.batches.push({
      baseSequence: header.baseSequence,
      lastSequence: header.lastSequence,
      lastOffset: header.lastOffset,
      timestamp: header.maxTimestamp,
    });
    if (entry.batches.length > BATCHES_REMEMBERED_PER_PRODUCER) entry.batches.shift();
  }

  /** Applies a commit or abort marker. Returns the transaction it ended, if it had records in this partition. */
  noteMarker(header: BatchHeader, coordinatorEpoch: number): EndedTransaction | undefined {
    const { producerId, producerEpoch, maxTimestamp } = header;
    let entry = this.entries.get(producerId);
    if (!entry) {
      entry = newEntry(producerId, producerEpoch);
      this.entries.set(producerId, entry);
    }
    if (entry.epoch !== producerEpoch) {
      entry.epoch = producerEpoch;
      entry.batches = [];
    }
    const firstOffset = entry.openTransactionFrom;
    entry.openTransactionFrom = undefined;
    this.open.delete(producerId);
    entry.coordinatorEpoch = coordinatorEpoch;
    entry.lastTimestamp = maxTimestamp;
    return firstOffset === undefined ? undefined : { producerId, firstOffset };
  }

  /** Where the oldest open transaction begins: committed readers stop before it. */
  firstOpenOffset(): number | undefined {
    const [oldest] = this.open.values();
    return oldest;
  }

  /** Forgets producers whose last write is before `timestamp`, unless their transaction is open. */
  expire(timestamp: number): void {
    for (const [producerId, entry] of this.entries) {
      if (entry.lastTimestamp < timestamp && entry.openTransactionFrom === undefined) this.entries.delete(producerId);
    }
  }
}

function newEntry(producerId: number, epoch: number): ProducerEntry {
  return { producerId, epoch, batches: [], lastTimestamp: -1, coordinatorEpoch: -1, openTransactionFrom: undefined };
}
