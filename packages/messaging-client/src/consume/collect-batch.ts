import type { LaneBatch, LaneBatchOutcome, LaneJob } from './lanes.ts';

interface Waiting<Job> {
  readonly jobs: readonly Job[];
  readonly settle: (outcome: LaneBatchOutcome) => void;
}

/**
 * Collects jobs of many lanes until there are enough, or the first has waited long enough, and has them handled together;
 * one batch at a time, so that the next collects meanwhile.
 */
export class BatchCollector<Job extends LaneJob> implements LaneBatch<Job> {
  readonly max: number;
  readonly #waitMs: number;
  readonly #handle: (lanes: ReadonlyArray<readonly Job[]>) => Promise<LaneBatchOutcome[]>;
  readonly #waiting: Array<Waiting<Job>> = [];
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #due = false;

  constructor(
    { max, waitMs }: { max: number; waitMs: number },
    handle: (lanes: ReadonlyArray<readonly Job[]>) => Promise<LaneBatchOutcome[]>,
  ) {
    this.max = max;
    this.#waitMs = waitMs;
    this.#handle = handle;
  }

  async run(jobs: readonly Job[]): Promise<LaneBatchOutcome> {
    const { promise, resolve } = Promise.withResolvers<LaneBatchOutcome>();
    this.#waiting.push({ jobs, settle: resolve });
    if (this.#count() >= this.max) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
    return promise;
  }

  #count(): number {
    return this.#waiting.reduce((count, { jobs }) => count + jobs.length, 0);
  }

  #flush(): void {
    this.#due = true;
    if (this.#busy) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = false;
    void this.#handleNext();
  }

  async #handleNext(): Promise<void> {
    this.#busy = true;
    const batch = this.#takeBatch();
    const outcomes = await this.#handle(batch.map(({ jobs }) => jobs));
    this.#busy = false;
    for (const [index, { settle }] of batch.entries()) settle(outcomes[index]!);
    if (this.#waiting.length > 0 && (this.#due || this.#count() >= this.max)) this.#flush();
    else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
  }

  #takeBatch(): Array<Waiting<Job>> {
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
