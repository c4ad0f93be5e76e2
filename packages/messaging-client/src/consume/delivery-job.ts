import type { FetchedRecord } from '../kafka/driver.ts';
import { RECORD_OVERHEAD_BYTES } from '../limits.ts';
import { Delivery } from './delivery.ts';
import type { HeldPartition } from './held-partition.ts';
import type { LaneBatch, LaneJob } from './lanes.ts';
import type { Outcome } from './outcome.ts';
import type { OffsetInFlight } from './partition-progress.ts';

/** What a fetched record in its lane needs of the consumer, the same for all of them. */
export interface DeliveryWork {
  attempt(delivery: DeliveryJob): Outcome | Promise<Outcome>;
  together(delivery: DeliveryJob): LaneBatch<DeliveryJob> | undefined;
  finished(): void;
}

/** A fetched record in its lane. */
export class DeliveryJob extends Delivery implements LaneJob {
  readonly bytes: number;
  readonly #work: DeliveryWork;
  readonly #offset: OffsetInFlight;

  constructor(held: HeldPartition, message: FetchedRecord, work: DeliveryWork, offset: OffsetInFlight) {
    super(held, message);
    this.bytes = message.bytes + RECORD_OVERHEAD_BYTES;
    this.#work = work;
    this.#offset = offset;
  }

  get owner(): string {
    return this.held.name;
  }

  run(): Outcome | Promise<Outcome> {
    return this.#work.attempt(this);
  }

  together(): LaneBatch<DeliveryJob> | undefined {
    return this.#work.together(this);
  }

  finished(): void {
    this.held.progress.finish(this.#offset);
    this.#work.finished();
  }
}
