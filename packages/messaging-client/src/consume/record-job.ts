import type { FetchedRecord } from '../kafka/driver.ts';
import { RECORD_OVERHEAD_BYTES } from '../limits.ts';
import type { PartitionRecord } from '../parking/parked-records.ts';
import type { HeldPartition } from './held-partition.ts';
import type { LaneBatch, LaneJob, LaneOutcome } from './lanes.ts';
import type { RetryState } from './process-record.ts';

export interface RecordWork {
  run(job: RecordJob): Promise<LaneOutcome>;
  together(job: RecordJob): LaneBatch | undefined;
  finished(): void;
}

/** An incoming record in its lane, with what is remembered of it from try to try. */
export class RecordJob implements LaneJob {
  readonly held: HeldPartition;
  readonly owner: string;
  readonly record: PartitionRecord;
  readonly bytes: number;
  readonly retry: RetryState = { failures: 0 };
  attempt = 0;
  readonly #work: RecordWork;

  readonly #progress: () => void;

  /** `progress`: tells its partition that it is finished. */
  constructor(held: HeldPartition, message: FetchedRecord, work: RecordWork, progress: () => void) {
    this.held = held;
    this.owner = held.name;
    this.record = { topic: held.topic, partition: held.partition, message };
    this.bytes = message.bytes + RECORD_OVERHEAD_BYTES;
    this.#work = work;
    this.#progress = progress;
  }

  run(): Promise<LaneOutcome> {
    return this.#work.run(this);
  }

  together(): LaneBatch | undefined {
    return this.#work.together(this);
  }

  finished(): void {
    this.#progress();
    this.#work.finished();
  }
}
