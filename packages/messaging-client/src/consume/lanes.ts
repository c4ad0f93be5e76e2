import type { Outcome } from './outcome.ts';

export interface LaneJob {
  /** Lanes of one owner can be given up together. */
  readonly owner: string;
  /** What it keeps in memory until it is finished. */
  readonly bytes: number;
  /** One attempt. That it rejects is a bug, see `Lanes`. */
  run(): Outcome | Promise<Outcome>;
  finished(): void;
  /** What the job is to be attempted together with, when that is so at this moment. */
  together?(): LaneBatch | undefined;
}

/** Takes jobs of many lanes at once, and of each lane as many as follow each other. */
export interface LaneBatch<Job extends LaneJob = any> {
  readonly max: number;
  /** @returns what became of each job that was attempted, from the first on */
  run(jobs: readonly Job[]): Promise<readonly Outcome[]>;
}

/**
 * Queues of work: jobs of one lane run one after the other, lanes run at the same time up to a bound.
 *
 * A job that is to be attempted again stays at the head of its lane and holds no place while it waits, so a failing key
 * delays only itself. Lanes take turns, one job at a time, so a long lane does not starve the others.
 */
export class Lanes {
  readonly #atOnceMax: number;
  readonly #failed: (error: unknown) => Outcome;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  #running = 0;
  /** Lanes that wait in a batch. They hold no place: a batch needs many of them, and is one piece of work. */
  #inBatches = 0;
  #jobs = 0;
  #bytes = 0;
  #stopped = false;
  readonly #idle = new Set<() => void>();

  /** `failed`: what becomes of a job that rejects, which must neither end the process nor lose the job. */
  constructor(atOnceMax: number, failed: (error: unknown) => Outcome) {
    this.#atOnceMax = atOnceMax;
    this.#failed = failed;
  }

  /** Jobs that were added and are neither finished nor abandoned. */
  get size(): number {
    return this.#jobs;
  }

  /** Keys that have such jobs. */
  get count(): number {
    return this.#lanes.size;
  }

  /** What they keep in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  add(key: string, job: LaneJob): void {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, jobs: [], running: 0, timer: undefined };
      this.#lanes.set(key, lane);
    }
    lane.jobs.push(job);
    this.#jobs += 1;
    this.#bytes += job.bytes;
    if (lane.jobs.length === 1) {
      this.#ready.push(lane);
      this.#runReady();
    }
  }

  /** Forgets the waiting jobs of an owner. Those that are running go on. */
  abandon(isAbandoned: (owner: string) => boolean): void {
    for (const lane of this.#lanes.values()) {
      const before = lane.jobs;
      if (before.length === 0) continue;
      lane.jobs = before.filter((job, index) => index < lane.running || !isAbandoned(job.owner));
      this.#jobs -= before.length - lane.jobs.length;
      this.#bytes -= bytesOf(before) - bytesOf(lane.jobs);
      if (lane.jobs[0] !== before[0]) this.#headDropped(lane);
    }
  }

  /** Starts no more jobs. @returns how many are still running after the bound; resolves at once when none is */
  async drain(millisecondsMax: number): Promise<number> {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    if (this.#isIdle) return 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millisecondsMax);
      this.#idle.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return this.#running + this.#inBatches;
  }

  #runReady(): void {
    while (this.#running < this.#atOnceMax && !this.#stopped) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      void this.#runHead(lane);
    }
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#inBatches === 0;
  }

  async #runHead(lane: Lane): Promise<void> {
    const job = lane.jobs[0]!;
    const batch = job.together?.();
    if (batch !== undefined) return this.#runInBatch(lane, batch);
    lane.running = 1;
    this.#running += 1;
    let outcome: Outcome;
    try {
      outcome = await job.run();
    } catch (error) {
      outcome = this.#failed(error);
    }
    this.#running -= 1;
    this.#ended(lane, [outcome]);
  }

  async #runInBatch(lane: Lane, batch: LaneBatch): Promise<void> {
    const jobs: LaneJob[] = [];
    for (const job of lane.jobs) {
      if (jobs.length === batch.max || job.together?.() !== batch) break;
      jobs.push(job);
    }
    lane.running = jobs.length;
    this.#inBatches += 1;
    let outcomes: readonly Outcome[];
    try {
      outcomes = await batch.run(jobs);
    } catch (error) {
      outcomes = [this.#failed(error)];
    }
    this.#inBatches -= 1;
    this.#ended(lane, outcomes);
  }

  #ended(lane: Lane, outcomes: readonly Outcome[]): void {
    lane.running = 0;
    let retryInMs: number | undefined;
    for (const outcome of outcomes) {
      if (outcome.is === 'retry') {
        retryInMs = outcome.inMs;
        break;
      }
      this.#finish(lane.jobs.shift()!);
    }
    if (retryInMs === undefined) this.#next(lane);
    else this.#runAgainLater(lane, retryInMs);
    this.#runReady();
    if (this.#isIdle) for (const resolve of this.#idle) resolve();
  }

  #finish(job: LaneJob): void {
    this.#jobs -= 1;
    this.#bytes -= job.bytes;
    job.finished();
  }

  #next(lane: Lane): void {
    if (lane.jobs.length > 0) this.#ready.push(lane);
    else this.#lanes.delete(lane.key);
  }

  #runAgainLater(lane: Lane, milliseconds: number): void {
    if (this.#stopped) return;
    lane.timer = setTimeout(() => {
      lane.timer = undefined;
      this.#ready.push(lane);
      this.#runReady();
    }, milliseconds);
  }

  /** The head was waiting: for its next attempt, or for a place. */
  #headDropped(lane: Lane): void {
    if (lane.timer !== undefined) {
      clearTimeout(lane.timer);
      lane.timer = undefined;
    } else {
      const index = this.#ready.indexOf(lane);
      if (index >= 0) this.#ready.splice(index, 1);
    }
    this.#next(lane);
    this.#runReady();
  }
}

function bytesOf(jobs: readonly LaneJob[]): number {
  return jobs.reduce((bytes, job) => bytes + job.bytes, 0);
}

interface Lane {
  readonly key: string;
  /** The first is running, waits for its next attempt, or waits for a place; the others wait for it. */
  jobs: LaneJob[];
  /** So many of the first are running: one, or those that are in a batch. */
  running: number;
  timer: NodeJS.Timeout | undefined;
}
