import type { KeyedRecord } from '../topics/internal-topic.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { TransactionLogKey } from '../wire/generated/transaction-log-key.ts';
import { TransactionLogValue } from '../wire/generated/transaction-log-value.ts';

// The records of `__transaction_state`, in Kafka's own schemas.

const KEY_VERSION = 0;
const VALUE_VERSION = 0;

/** In the order of their numbers in the log. */
export const TRANSACTION_STATUSES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const;

export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number];

/** The state of a transactional id, and of its transaction if one is open. */
export interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  /** Partitions it has written to, by topic. */
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>;
  readonly startedAt: number;
  readonly updatedAt: number;
}

export function transactionRecord(transaction: Transaction): KeyedRecord {
  const { transactionalId, partitions } = transaction;
  const isOpen = partitions.size > 0;
  const value = TransactionLogValue.encode(VALUE_VERSION, {
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: TRANSACTION_STATUSES.indexOf(transaction.status),
    transactionPartitions: isOpen
      ? [...partitions].map(([topic, indexes]) => ({ topic, partitionIds: [...indexes] }))
      : null,
    transactionLastUpdateTimestampMs: transaction.updatedAt,
    transactionStartTimestampMs: transaction.startedAt,
  });
  return { key: keyOf(transactionalId), value: withVersion(VALUE_VERSION, value) };
}

function withVersion(version: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, version]), body]);
}

/** Deletes a transactional id. */
export function forgottenTransactionRecord(transactionalId: string): KeyedRecord {
  return { key: keyOf(transactionalId), value: null };
}

function keyOf(transactionalId: string): Buffer {
  return withVersion(KEY_VERSION, TransactionLogKey.encode(KEY_VERSION, { transactionalId }));
}

export function transactionalIdOf({ key }: KeyedRecord): string {
  return TransactionLogKey.read(new ByteReader(key, 2), KEY_VERSION).transactionalId;
}

/** Undefined for a deleted id, or a status that this broker does not use. */
export function parseTransactionRecord(record: KeyedRecord): Transaction | undefined {
  const { value } = record;
  if (!value) return undefined;
  const transactionalId = transactionalIdOf(record);
  const reader = new ByteReader(value);
  const stored = TransactionLogValue.read(reader, reader.int16());
  const status = TRANSACTION_STATUSES[stored.transactionStatus];
  if (!status) return undefined;
  return {
    transactionalId,
    producerId: stored.producerId,
    producerEpoch: stored.producerEpoch,
    timeoutMs: stored.transactionTimeoutMs,
    status,
    partitions: new Map((stored.transactionPartitions ?? []).map((each) => [each.topic, new Set(each.partitionIds)])),
    startedAt: stored.transactionStartTimestampMs,
    updatedAt: stored.transactionLastUpdateTimestampMs,
  };
}
