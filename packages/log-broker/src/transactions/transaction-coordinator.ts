import type { PartitionLog } from '../log/partition-log.ts';
import { encodeMarker } from '../log/transaction-marker.ts';
import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import { TRANSACTIONAL_IDS_MAX, TRANSACTION_RETRY_MS, TRANSACTION_TIMEOUT_MAX_MS } from '../limits.ts';
import type { Logger } from '../observe/logger.ts';
import type { InternalTopic } from '../topics/internal-topic.ts';
import type { KeyedRecord } from '../topics/internal-topic.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import type { TopicRegistry } from '../topics/topic-registry.ts';
import { eachInSteps, inTurns } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import type { ProducerIds } from './producer-ids.ts';
import {
  forgottenTransactionRecord,
  parseTransactionRecord,
  transactionalIdOf,
  transactionRecord,
} from './transaction-records.ts';
import type { Transaction, TransactionStatus } from './transaction-records.ts';

/** There is only one coordinator, so its epoch never changes. */
const COORDINATOR_EPOCH = 0;

/** Epochs are 16 bits, and the last is reserved for fencing. After it the producer gets a new id. */
const PRODUCER_EPOCH_MAX = 2 ** 15 - 2;

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface TransactionParts {
  readonly topic: InternalTopic;
  readonly topics: TopicRegistry;
  readonly groups: GroupCoordinator;
  readonly producerIds: ProducerIds;
  readonly logger: Logger;
  /** Undefined when the broker may act on an append at once; else resolves when it is on the disk. */
  readonly durable: (log: PartitionLog) => Promise<void> | undefined;
  readonly now: () => number;
}

/**
 * Transactions: each step is in the log before it is answered. The decision to commit or abort is one record
 * (`PrepareCommit`, `PrepareAbort`); after it the outcome is fixed, also over a restart.
 */
export class TransactionCoordinator {
  private readonly transactions = new Map<string, Transaction>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private isClosed = false;
  private readonly parts: TransactionParts;

  constructor(parts: TransactionParts) {
    this.parts = parts;
  }

  /** Restores the state, finishes decided transactions, and restarts the time-outs of open ones. */
  load(): void {
    for (const { records } of this.parts.topic.batches()) {
      for (const record of records) {
        const transaction = parseTransactionRecord(record);
        if (transaction) this.transactions.set(transaction.transactionalId, transaction);
        else if (!record.value) this.transactions.delete(transactionalIdOf(record));
      }
    }
    this.catchUpWithLogs();
    for (const transaction of this.transactions.values()) {
      if (isDecided(transaction)) void this.finish(transaction);
      else if (transaction.status === 'Ongoing') this.watch(transaction);
    }
  }

  /**
   * A power loss can lose the coordinator's records and keep those of the transaction, unless each is synced before its
   * answer. Then readers of committed records would wait for ever for the end of an unknown transaction, and an epoch that
   * is given out twice would make new records look like the old ones.
   */
  private catchUpWithLogs(): void {
    const byProducer = new Map([...this.transactions.values()].map((each) => [each.producerId, each]));
    for (const log of this.parts.topics.all().flatMap(({ partitions }) => partitions)) {
      for (const { producerId, epoch, openTransactionFrom } of [...log.producers.all()]) {
        const known = byProducer.get(producerId);
        if (openTransactionFrom !== undefined && !known?.partitions.get(log.topic)?.has(log.partition)) {
          this.parts.logger('warn', 'unknown transaction aborted', { partition: log.name, producerId });
          this.writeMarker(log, { producerId, producerEpoch: epoch }, false);
        }
        if (known && known.producerEpoch < epoch) {
          byProducer.set(producerId, { ...known, producerEpoch: epoch });
        }
      }
    }
    for (const transaction of byProducer.values()) this.transactions.set(transaction.transactionalId, transaction);
  }

  /** @throws {KafkaError} KAFKA_STORAGE_ERROR when the write fails */
  private writeMarker(log: PartitionLog, { producerId, producerEpoch }: ProducerIdentity, committed: boolean): void {
    log.append(
      encodeMarker(producerId, producerEpoch, { committed, coordinatorEpoch: COORDINATOR_EPOCH }, this.parts.now()),
    );
    if (log.topic === OFFSETS_TOPIC) this.parts.groups.endTransaction(producerId, committed);
  }

  /** Forgets ids without a transaction that were last used before `time`, as Kafka does. */
  expire(time: number): void {
    for (const transaction of this.transactions.values()) {
      const { transactionalId, status, updatedAt } = transaction;
      if (updatedAt >= time || status === 'Ongoing' || isDecided(transaction)) continue;
      this.parts.topic.append([forgottenTransactionRecord(transactionalId)]);
      this.transactions.delete(transactionalId);
    }
  }

  /** Aborts what is open. The producers keep their ids and epochs: they can begin another transaction. */
  async abortAll(): Promise<void> {
    for (const each of this.all()) if (each.status === 'Ongoing') await this.end(each, false);
  }

  /** Aborts what has passed its time-out, after the time was moved. */
  async abortExpired(): Promise<void> {
    for (const each of this.all()) {
      if (each.status !== 'Ongoing') continue;
      if (each.startedAt + each.timeoutMs <= this.parts.now()) await this.timeOut(each);
      else this.watch(each);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  get(transactionalId: string): Transaction | undefined {
    return this.transactions.get(transactionalId);
  }

  all(): Transaction[] {
    return [...this.transactions.values()];
  }

  /** Every live key once, to write it to the log again. */
  *snapshot(): Generator<KeyedRecord> {
    for (const transaction of this.transactions.values()) yield transactionRecord(transaction);
  }

  /**
   * Gives a producer its id and a new epoch, which fences the previous producer with this transactional id. A transaction
   * that it left open is aborted.
   *
   * @throws {KafkaError} PRODUCER_FENCED, INVALID_TRANSACTION_TIMEOUT, CONCURRENT_TRANSACTIONS while the last one is ending
   */
  async init(transactionalId: string, timeoutMs: number, claimed: ProducerIdentity): Promise<ProducerIdentity> {
    if (timeoutMs <= 0 || timeoutMs > TRANSACTION_TIMEOUT_MAX_MS) {
      throw new KafkaError(ErrorCode.INVALID_TRANSACTION_TIMEOUT, `transaction time-out ${timeoutMs} ms`);
    }
    let known = this.transactions.get(transactionalId);
    if (!known && this.transactions.size >= TRANSACTIONAL_IDS_MAX) {
      throw new KafkaError(
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        `${TRANSACTIONAL_IDS_MAX} transactional ids are in use`,
      );
    }
    if (known && claimed.producerId >= 0) {
      if (claimed.producerId !== known.producerId || claimed.producerEpoch < known.producerEpoch) {
        throw new KafkaError(ErrorCode.PRODUCER_FENCED, `${transactionalId} belongs to a newer producer`);
      }
    }
    if (known && isDecided(known)) throw concurrent(transactionalId);
    if (known?.status === 'Ongoing') {
      await this.end(this.save({ ...known, producerEpoch: known.producerEpoch + 1 }), false);
      known = this.transactions.get(transactionalId);
      if (!known || isDecided(known)) throw concurrent(transactionalId);
    }
    const now = this.parts.now();
    const isExhausted = known !== undefined && known.producerEpoch >= PRODUCER_EPOCH_MAX;
    const identity =
      known && !isExhausted
        ? { producerId: known.producerId, producerEpoch: known.producerEpoch + 1 }
        : { producerId: this.parts.producerIds.take(), producerEpoch: 0 };
    const fresh = {
      transactionalId,
      timeoutMs,
      status: 'Empty',
      partitions: new Map(),
      startedAt: -1,
      updatedAt: now,
    } as const;
    this.save({ ...fresh, ...identity });
    await this.onDisk();
    return identity;
  }

  /**
   * Records that the transaction writes to these partitions. The first ones begin it.
   *
   * @throws {KafkaError} for a producer that is not the current one, or while the last transaction is ending
   */
  async add(
    transactionalId: string,
    producer: ProducerIdentity,
    partitions: readonly { topic: string; partition: number }[],
  ): Promise<void> {
    if (this.addNow(this.current(transactionalId, producer), partitions)) await this.onDisk();
  }

  /**
   * As `add`, for a partition that is written to with the same request (KIP-890). Nothing waits for the disk: a transaction
   * that a power loss takes from the coordinator is aborted at the next start.
   *
   * @throws {KafkaError} as `checkWrite`, but not for a partition that was not added before
   */
  addWritten(transactionalId: string, producer: ProducerIdentity, topic: string, partition: number): void {
    this.addNow(this.currentWriter(transactionalId, producer), [{ topic, partition }]);
  }

  /** Returns whether this changed the transaction. */
  private addNow(known: Transaction, partitions: readonly { topic: string; partition: number }[]): boolean {
    if (isDecided(known)) throw concurrent(known.transactionalId);
    const isNew = known.status !== 'Ongoing';
    const all = new Map<string, Set<number>>();
    if (!isNew) for (const [topic, indexes] of known.partitions) all.set(topic, new Set(indexes));
    let isChanged = isNew;
    for (const { topic, partition } of partitions) {
      const indexes = all.get(topic) ?? new Set();
      isChanged ||= !indexes.has(partition);
      all.set(topic, indexes.add(partition));
    }
    if (!isChanged) return false;
    const now = this.parts.now();
    const startedAt = isNew ? now : known.startedAt;
    const saved = this.save({ ...known, status: 'Ongoing', partitions: all, startedAt, updatedAt: now });
    if (isNew) this.watch(saved);
    return true;
  }

  /** @throws {KafkaError} INVALID_TXN_STATE when there is no such transaction to end */
  async endBy(transactionalId: string, producer: ProducerIdentity, isCommit: boolean): Promise<void> {
    const known = this.current(transactionalId, producer);
    if (isDecided(known)) throw concurrent(transactionalId);
    if (known.status === (isCommit ? 'CompleteCommit' : 'CompleteAbort')) return; // a retry: the answer was lost
    if (known.status !== 'Ongoing') {
      throw new KafkaError(ErrorCode.INVALID_TXN_STATE, `${transactionalId} has no open transaction`);
    }
    await this.end(known, isCommit);
  }

  /** Whether this producer may write to the partition now. @throws {KafkaError} when not */
  checkWrite(transactionalId: string, producer: ProducerIdentity, topic: string, partition: number): void {
    const known = this.currentWriter(transactionalId, producer);
    if (known.status !== 'Ongoing' || !known.partitions.get(topic)?.has(partition)) {
      throw new KafkaError(ErrorCode.INVALID_TXN_STATE, `${topic}-${partition} is not part of a transaction`);
    }
  }

  private currentWriter(transactionalId: string, producer: ProducerIdentity): Transaction {
    const known = this.transactions.get(transactionalId);
    if (known && known.producerId === producer.producerId && producer.producerEpoch < known.producerEpoch) {
      throw new KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH, `${transactionalId} belongs to a newer producer`);
    }
    return this.current(transactionalId, producer);
  }

  private current(transactionalId: string, producer: ProducerIdentity): Transaction {
    const known = this.transactions.get(transactionalId);
    if (!known || known.producerId !== producer.producerId) {
      throw new KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING, `${transactionalId} has another producer id`);
    }
    if (known.producerEpoch !== producer.producerEpoch) {
      throw new KafkaError(ErrorCode.PRODUCER_FENCED, `${transactionalId} belongs to a newer producer`);
    }
    return known;
  }

  /** Saves the decision, which is final, then carries it out. */
  private async end(transaction: Transaction, isCommit: boolean): Promise<void> {
    const status: TransactionStatus = isCommit ? 'PrepareCommit' : 'PrepareAbort';
    clearTimeout(this.timers.get(transaction.transactionalId));
    const decided = this.save({ ...transaction, status, updatedAt: this.parts.now() });
    await this.onDisk();
    await this.finish(decided);
  }

  /** Writes the markers. Failed writes are retried until they succeed. */
  private async finish(decided: Transaction): Promise<void> {
    const { transactionalId, partitions } = decided;
    const committed = decided.status === 'PrepareCommit';
    try {
      const logs = [...partitions].flatMap(([topic, indexes]) =>
        [...indexes].flatMap((index) => this.parts.topics.partition(topic, index) ?? []),
      );
      await inTurns(eachInSteps(logs, (log) => this.writeMarker(log, decided, committed)));
      // A power loss must not lose a marker and keep the record that it was written.
      const syncs = logs.flatMap((log) => this.parts.durable(log) ?? []);
      if (syncs.length > 0) await Promise.all(syncs);
      const status = committed ? 'CompleteCommit' : 'CompleteAbort';
      this.save({ ...decided, status, partitions: new Map(), updatedAt: this.parts.now() });
    } catch (error) {
      this.parts.logger('error', 'transaction not ended yet', { transactionalId, error: String(error) });
      this.later(transactionalId, TRANSACTION_RETRY_MS, () => void this.finish(decided));
    }
  }

  /** Aborts the transaction at its time-out. */
  private watch(transaction: Transaction): void {
    const { transactionalId, startedAt, timeoutMs } = transaction;
    this.later(transactionalId, Math.max(0, startedAt + timeoutMs - this.parts.now()), () => {
      const known = this.transactions.get(transactionalId);
      if (known?.status !== 'Ongoing' || known.startedAt !== startedAt) return;
      this.timeOut(known).catch((error: unknown) => {
        this.parts.logger('error', 'transaction not aborted', { transactionalId, error: String(error) });
        this.later(transactionalId, TRANSACTION_RETRY_MS, () => this.watch(known));
      });
    });
  }

  /** Aborts the transaction, and fences its producer. */
  private async timeOut(transaction: Transaction): Promise<void> {
    const { transactionalId, timeoutMs, producerEpoch } = transaction;
    this.parts.logger('info', 'transaction timed out', { transactionalId, timeoutMs });
    await this.end({ ...transaction, producerEpoch: producerEpoch + 1 }, false);
  }

  private later(transactionalId: string, delayMs: number, run: () => void): void {
    if (this.isClosed) return;
    clearTimeout(this.timers.get(transactionalId));
    const timer = setTimeout(() => !this.isClosed && run(), delayMs);
    timer.unref();
    this.timers.set(transactionalId, timer);
  }

  private save(transaction: Transaction): Transaction {
    this.parts.topic.append([transactionRecord(transaction)]);
    this.transactions.set(transaction.transactionalId, transaction);
    return transaction;
  }

  private async onDisk(): Promise<void> {
    await this.parts.durable(this.parts.topic.log);
  }
}

function isDecided({ status }: Transaction): boolean {
  return status === 'PrepareCommit' || status === 'PrepareAbort';
}

function concurrent(transactionalId: string): KafkaError {
  return new KafkaError(
    ErrorCode.CONCURRENT_TRANSACTIONS,
    `the last transaction of ${transactionalId} is still ending`,
  );
}
