/** What became of one try of a job. */
export type LaneOutcome = { done: true } | { retryInMs: number };

export interface LaneJob {
  /** Lanes of one owner can be given up together. */
  readonly owner: string;
  run(): Promise<LaneOutcome>;
  finished(): void;
}

/**
 * Single files of work: jobs of one lane run one after the other, lanes run beside each other up to a bound.
 *
 * A job that must be tried again stays at the head of its lane and holds no place while it waits, so a failing key
 * delays nothing but itself. Lanes take turns, one job at a time, so a long lane does not starve the others.
 */
export class Lanes {
  readonly #atOnceMax: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: Lane[] = [];
  #running = 0;
  #jobs = 0;
  #stopped = false;
  readonly #idle = new Set<() => void>();

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Jobs taken and neither finished nor given up. */
  get size(): number {
    return this.#jobs;
  }

  add(key: string, job: LaneJob): void {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, jobs: [], timer: undefined };
      this.#lanes.set(key, lane);
    }
    lane.jobs.push(job);
    this.#jobs += 1;
    if (lane.jobs.length === 1) {
      this.#ready.push(lane);
      this.#runReady();
    }
  }

  /** Forgets the waiting jobs of an owner. Those at work go on; nobody is told when they finish. */
  abandon(isAbandoned: (owner: string) => boolean): void {
    for (const lane of this.#lanes.values()) {
      const [head, ...waiting] = lane.jobs;
      if (head === undefined) continue;
      const kept = waiting.filter((job) => !isAbandoned(job.owner));
      const dropHead = !lane.atWork && isAbandoned(head.owner);
      this.#jobs -= waiting.length - kept.length + (dropHead ? 1 : 0);
      lane.jobs = dropHead ? kept : [head, ...kept];
      if (dropHead) this.#headDropped(lane);
    }
  }

  /** Starts no job any more; resolves when those at work have ended, or after the bound. */
  async drain(millisecondsMax: number): Promise<void> {
    this.#stopped = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millisecondsMax);
      this.#idle.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #runReady(): void {
    while (this.#running < this.#atOnceMax && !this.#stopped) {
      const lane = this.#ready.shift();
      if (lane === undefined) return;
      void this.#runHead(lane);
    }
  }

  async #runHead(lane: Lane): Promise<void> {
    const job = lane.jobs[0]!;
    lane.atWork = true;
    this.#running += 1;
    const outcome = await job.run();
    this.#running -= 1;
    lane.atWork = false;
    if ('done' in outcome) {
      lane.jobs.shift();
      this.#jobs -= 1;
      job.finished();
      this.#next(lane);
    } else {
      this.#tryAgainLater(lane, outcome.retryInMs);
    }
    this.#runReady();
    if (this.#running === 0) for (const resolve of this.#idle) resolve();
  }

  #next(lane: Lane): void {
    if (lane.jobs.length > 0) this.#ready.push(lane);
    else this.#lanes.delete(lane.key);
  }

  #tryAgainLater(lane: Lane, milliseconds: number): void {
    if (this.#stopped) return;
    lane.timer = setTimeout(() => {
      lane.timer = undefined;
      this.#ready.push(lane);
      this.#runReady();
    }, milliseconds);
  }

  /** The head was waiting: for its next try, or for a place. */
  #headDropped(lane: Lane): void {
    if (lane.timer !== undefined) {
      clearTimeout(lane.timer);
      lane.timer = undefined;
    } else {
      this.#ready.splice(this.#ready.indexOf(lane), 1);
    }
    this.#next(lane);
    this.#runReady();
  }
}

interface Lane {
  readonly key: string;
  /** The first is at work, waits for its next try, or waits for a place; the others wait for it. */
  jobs: LaneJob[];
  timer: NodeJS.Timeout | undefined;
  atWork?: boolean;
}
