import { AsyncLocalStorage } from 'node:async_hooks';

/** The record at work in this asynchronous context, for logs. */
export interface CurrentRecord {
  readonly eventId: string;
  readonly event: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

const records = new AsyncLocalStorage<CurrentRecord>();

export function currentRecord(): CurrentRecord | undefined {
  return records.getStore();
}

export function runWithRecord<Result>(record: CurrentRecord, work: () => Result): Result {
  return records.run(record, work);
}
