import { CLEANING_SLICE_MS } from '../limits.ts';

/** Thrown to end work whose result is not wanted any more. */
export class CleaningStoppedError extends Error {
  override name = 'CleaningStoppedError';
}

/** Lets a long work in the background run for a few milliseconds in each turn of the event loop; clients are served in between. */
export class Pace {
  private readonly isWanted: () => boolean;
  private since = performance.now();

  /** `isWanted` is called after every pause: whatever was true before may have changed. */
  constructor(isWanted: () => boolean) {
    this.isWanted = isWanted;
  }

  get isOver(): boolean {
    return performance.now() - this.since >= CLEANING_SLICE_MS;
  }

  /** @throws {CleaningStoppedError} when the work is not wanted any more */
  async pause(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.since = performance.now();
    this.check();
  }

  /** Waits for the disk or another thread. @throws {CleaningStoppedError} as `pause` */
  async waitFor<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work;
    this.since = performance.now();
    this.check();
    return result;
  }

  private check(): void {
    if (!this.isWanted()) throw new CleaningStoppedError();
  }
}
