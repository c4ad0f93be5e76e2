import { GROUP_MS, GROUP_RECORDS_MAX } from '../../limits.ts';
import type { Semaphore } from '../../semaphore.ts';
import type { DeliveryJob } from '../delivery-job.ts';
import type { LaneBatch } from '../lanes.ts';
import type { Outcome } from '../outcome.ts';
import type { GroupHandler } from './handle-group.ts';
import type { HandlerDurations } from './handler-durations.ts';

interface Waiting {
  readonly jobs: readonly DeliveryJob[];
  readonly settle: (outcomes: readonly Outcome[]) => void;
  readonly fail: (error: unknown) => void;
}

export interface TransactionGroupsParts {
  readonly handler: GroupHandler;
  readonly transactions: Semaphore;
  /** Into how many transactions that which waits is divided. */
  readonly atOnce: number;
  readonly durations: HandlerDurations;
}

/**
 * Records that wait for a transaction share one as soon as it is free: BEGIN, inbox and COMMIT are paid once for all of them. None
 * waits for a group to fill, and a record that comes alone has its transaction alone.
 */
export class TransactionGroups implements LaneBatch<DeliveryJob> {
  readonly max = GROUP_RECORDS_MAX;
  readonly #parts: TransactionGroupsParts;
  readonly #waiting: Waiting[] = [];
  #records = 0;

  constructor(parts: TransactionGroupsParts) {
    this.#parts = parts;
  }

  run(jobs: readonly DeliveryJob[]): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ jobs, settle: resolve, fail: reject });
      this.#records += jobs.length;
      this.#parts.transactions
        .run(() => this.#handleNext())
        .catch(() => {
          // The service stops: nothing more is attempted.
          for (const { settle } of this.#take(Number.POSITIVE_INFINITY)) settle([]);
        });
    });
  }

  async #handleNext(): Promise<void> {
    const group = this.#take(Math.min(GROUP_RECORDS_MAX, Math.ceil(this.#records / this.#parts.atOnce)));
    if (group.length === 0) return;
    try {
      const outcomes = await this.#parts.handler.handle(group.map(({ jobs }) => jobs));
      for (const [index, { settle }] of group.entries()) settle(outcomes[index]!);
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  /** Whole lanes, until there are so many records, or work for GROUP_MS. */
  #take(records: number): Waiting[] {
    let count = 0;
    let expectedMs = 0;
    let lanes = 0;
    for (const { jobs } of this.#waiting) {
      if (lanes > 0 && (count >= records || expectedMs >= GROUP_MS)) break;
      count += jobs.length;
      for (const { eventName } of jobs) expectedMs += this.#parts.durations.expectedMs(eventName ?? '');
      lanes += 1;
    }
    this.#records -= count;
    return this.#waiting.splice(0, lanes);
  }
}
