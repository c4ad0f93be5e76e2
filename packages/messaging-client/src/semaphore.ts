/** Thrown to callers that wait when the semaphore is closed. */
export class SemaphoreClosed extends Error {}

/** So many pieces of work at once; the others wait, first come first served. */
export class Semaphore {
  readonly #places: number;
  #free: number;
  #closed = false;
  readonly #waiting: Array<(isFree: boolean) => void> = [];

  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  /** Pieces of work that have begun and not ended. */
  get running(): number {
    return this.#places - this.#free;
  }

  /** @throws SemaphoreClosed when the work was not begun */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!(await this.#take())) throw new SemaphoreClosed();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next(true);
    }
  }

  /** What is running continues; nothing new is started. */
  close(): void {
    this.#closed = true;
    for (const turnAway of this.#waiting.splice(0)) turnAway(false);
  }

  #take(): boolean | Promise<boolean> {
    if (this.#closed) return false;
    if (this.#free === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#free -= 1;
    return true;
  }
}
