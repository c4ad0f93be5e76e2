import type { Said } from '../harness/said.ts';
import { answer } from './program.ts';

/** How the three consumers of the consume bench are started. */
export interface ConsumeOptions {
  readonly address: string;
  readonly topic: string;
  readonly handlerMs: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Ours: with the inbox in this database, or with none. */
  readonly databaseUrl?: string;
  /** Ours: the handler's effect, `repeatable` unless given. `database` and `batch` write rows, the latter for many at once. */
  readonly effect?: 'repeatable' | 'outside' | 'database' | 'batch';
}

export interface ConsumeAnswer {
  readonly perSecond: number;
  /** Records that were handled before an earlier one of their key had been. */
  readonly outOfOrder: number;
}

/** Counts what is handled in a window of time that begins some time after the first record, and watches the order. */
export class RecordCounter {
  readonly #options: ConsumeOptions;
  readonly #finished = new Map<string, number>();
  #outOfOrder = 0;
  #firstAt = 0;
  #countFrom = 0;
  #last = { at: 0, count: 0 };
  #windowCount = 0;

  constructor(options: ConsumeOptions) {
    this.#options = options;
  }

  started({ key, n }: Said): void {
    if (n > 0 && this.#finished.get(key) !== n - 1) this.#outOfOrder += 1;
    if (this.#firstAt === 0) this.#begin();
  }

  finished({ key, n }: Said): void {
    this.#finished.set(key, n);
    // A topic that is read to its end before the window closes: the last record closed it.
    if (this.#countFrom > 0) this.#last = { at: performance.now(), count: (this.#windowCount += 1) };
  }

  #begin(): void {
    this.#firstAt = performance.now();
    const { warmUpMs, windowMs } = this.#options;
    setTimeout(() => (this.#countFrom = performance.now()), warmUpMs);
    setTimeout(() => {
      const perSecond = (this.#last.count * 1_000) / (this.#last.at - this.#countFrom);
      answer({ perSecond, outOfOrder: this.#outOfOrder } satisfies ConsumeAnswer);
    }, warmUpMs + windowMs);
  }
}
