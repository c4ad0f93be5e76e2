import { Logger } from '@nestjs/common';
import type { RecordBatch, UndecodableBatch } from '../kafka/driver.ts';
import {
  BYTES_IN_FLIGHT_MAX,
  BYTES_IN_FLIGHT_RESUME,
  DATABASE_RETRY_MS,
  HANDLERS_AT_ONCE_MAX,
  RECORDS_IN_FLIGHT_MAX,
  RECORDS_IN_FLIGHT_RESUME,
} from '../limits.ts';
import { CapacityGate } from './capacity-gate.ts';
import { DeliveryJob } from './delivery-job.ts';
import type { DeliveryWork } from './delivery-job.ts';
import type { HeldPartition } from './held-partition.ts';
import { Lanes } from './lanes.ts';
import { retryIn } from './outcome.ts';
import type { RecordHandling } from './record-handling.ts';
import type { SetAsideBatches } from './set-aside-batches.ts';

/** Puts each fetched record into the lane of its key, and lets the next fetch wait while too many are in flight. */
export class RecordIntake {
  readonly #logger = new Logger('KafkaConsumer');
  readonly #setAsideBatches: SetAsideBatches;
  readonly #work: DeliveryWork;
  readonly lanes = new Lanes(HANDLERS_AT_ONCE_MAX, (error) => {
    this.#logger.error({ err: error }, 'a record could not be processed; it stays in its lane');
    return retryIn(DATABASE_RETRY_MS.max);
  });
  readonly #capacity = new CapacityGate(
    () => this.lanes.size <= RECORDS_IN_FLIGHT_RESUME && this.lanes.bytes <= BYTES_IN_FLIGHT_RESUME,
  );

  constructor(handling: RecordHandling, setAsideBatches: SetAsideBatches) {
    this.#setAsideBatches = setAsideBatches;
    this.#work = {
      attempt: (delivery) => handling.attempt(delivery),
      together: (delivery) => handling.together(delivery),
      finished: () => this.#capacity.notify(),
    };
  }

  /** Whether more may be fetched; when not, it waits at most so many milliseconds for it. */
  async hasRoom(millisecondsMax: number): Promise<boolean> {
    const isFull = this.lanes.size >= RECORDS_IN_FLIGHT_MAX || this.lanes.bytes >= BYTES_IN_FLIGHT_MAX;
    return !isFull || this.#capacity.waitUpTo(millisecondsMax);
  }

  take(held: HeldPartition, batch: RecordBatch): void {
    for (const message of batch.records) {
      const offset = held.progress.take(BigInt(message.offset));
      if (offset === undefined) continue;
      this.lanes.add(held.laneOf(message.key), new DeliveryJob(held, message, this.#work, offset));
    }
    if (batch.undecodable !== undefined) this.#takeUndecodable(held, batch.undecodable);
    // Control records and compacted ones are not handed out, and still are to be passed.
    const last = held.progress.take(BigInt(batch.lastOffset));
    if (last !== undefined) held.progress.finish(last);
  }

  #takeUndecodable(held: HeldPartition, batch: UndecodableBatch): void {
    const offset = held.progress.take(BigInt(batch.lastOffset));
    if (offset === undefined) return;
    // A lane of its own: nothing is known to wait for it.
    this.lanes.add(
      `batch at ${held.name}/${batch.firstOffset}`,
      this.#setAsideBatches.job(held, batch, () => {
        held.progress.finish(offset);
        this.#capacity.notify();
      }),
    );
  }

  /** Forgets waiting records of partitions that were taken away. */
  abandon(isAbandoned: (partition: string) => boolean): void {
    this.lanes.abandon(isAbandoned);
    this.#capacity.notify();
  }

  /** At a stop: no fetch waits any more. */
  close(): void {
    this.#capacity.release();
  }
}
