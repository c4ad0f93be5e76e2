import type { DeliveryJob } from '../delivery-job.ts';
import type { LaneBatch } from '../lanes.ts';
import type { Outcome } from '../outcome.ts';
import type { GroupHandler } from './handle-group.ts';

interface Waiting {
  readonly jobs: readonly DeliveryJob[];
  readonly settle: (outcomes: readonly Outcome[]) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * For `OnEvents`: collects records of many lanes until there are enough, or the first has waited long enough, and has them
 * handled in one call; one batch at a time, so that the next collects meanwhile.
 */
export class BatchCollector implements LaneBatch<DeliveryJob> {
  readonly max: number;
  readonly #waitMs: number;
  readonly #handler: GroupHandler;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isDue = false;

  constructor({ max, waitMs }: { max: number; waitMs: number }, handler: GroupHandler) {
    this.max = max;
    this.#waitMs = waitMs;
    this.#handler = handler;
  }

  async run(jobs: readonly DeliveryJob[]): Promise<readonly Outcome[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Outcome[]>();
    this.#waiting.push({ jobs, settle: resolve, fail: reject });
    if (this.#count() >= this.max) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
    return promise;
  }

  #count(): number {
    return this.#waiting.reduce((count, { jobs }) => count + jobs.length, 0);
  }

  #flush(): void {
    this.#isDue = true;
    if (this.#isBusy) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    void this.#handleNext();
  }

  async #handleNext(): Promise<void> {
    this.#isBusy = true;
    const batch = this.#takeBatch();
    try {
      const outcomes = await this.#handler.handle(batch.map(({ jobs }) => jobs));
      for (const [index, { settle }] of batch.entries()) settle(outcomes[index]!);
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
    this.#isBusy = false;
    if (this.#waiting.length > 0 && (this.#isDue || this.#count() >= this.max)) this.#flush();
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
  }

  #takeBatch(): Waiting[] {
    let count = 0;
    let lanes = 0;
    for (const { jobs } of this.#waiting) {
      if (lanes > 0 && count + jobs.length > this.max) break;
      count += jobs.length;
      lanes += 1;
    }
    return this.#waiting.splice(0, lanes);
  }
}
