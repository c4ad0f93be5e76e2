import type { KafkaDriver } from '../../packages/messaging-client/src/kafka/kafka-settings.ts';
import type { Note } from '../harness/note-taken.ts';
import { answer } from './program.ts';

/** How each consumer of the consume bench is started. */
export interface ConsumeOptions {
  readonly address: string;
  readonly topic: string;
  readonly handlerMs: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** The window is so many records instead, after so many others: for what is compared by processor time alone. */
  readonly byRecords?: { readonly warmUp: number; readonly window: number };
  readonly ours?: OursOptions;
}

export interface OursOptions {
  readonly driver: KafkaDriver;
  /** `transaction`, `shared` and `batch` write a row for each record, `batch` for many in one call. */
  readonly handler: 'no inbox' | 'repeatable' | 'outside' | 'transaction' | 'shared' | 'batch';
  /** Binds an interceptor to the handler, so that Nest's pipeline has something to do. */
  readonly interceptor?: boolean;
  /** With all metrics of a service, scraped so often. */
  readonly scrapedEveryMs?: number;
  readonly databaseUrl: string;
}

export interface ConsumeAnswer {
  readonly perSecond: number;
  /** Processor time of the process in the window, for each record of it. */
  readonly cpuUs: number;
  /** Records that were handled before an earlier one of their key had been. */
  readonly outOfOrder: number;
}

/** Counts what is handled in a window of time that begins some time after the first record, and watches the order. */
export class RecordCounter {
  readonly #options: ConsumeOptions;
  readonly #finished = new Map<string, number>();
  #outOfOrder = 0;
  #records = 0;
  #hasBegun = false;
  #window: { readonly from: number; readonly cpu: NodeJS.CpuUsage; count: number; lastAt: number } | undefined;

  constructor(options: ConsumeOptions) {
    this.#options = options;
  }

  started({ key, n }: Note): void {
    if (n > 0 && this.#finished.get(key) !== n - 1) this.#outOfOrder += 1;
    if (!this.#hasBegun) this.#begin();
  }

  finished({ key, n }: Note): void {
    this.#finished.set(key, n);
    if (this.#options.byRecords !== undefined) this.#count(this.#options.byRecords);
    if (this.#window === undefined) return;
    this.#window.count += 1;
    // A topic that is read to its end before the window closes: the last record closed it.
    this.#window.lastAt = performance.now();
  }

  #count({ warmUp, window }: NonNullable<ConsumeOptions['byRecords']>): void {
    this.#records += 1;
    if (this.#records === warmUp) this.#open();
    if (this.#records === warmUp + window) this.#answer();
  }

  #open(): void {
    const from = performance.now();
    this.#window = { from, cpu: process.cpuUsage(), count: 0, lastAt: from };
  }

  #begin(): void {
    this.#hasBegun = true;
    if (this.#options.byRecords !== undefined) return;
    const { warmUpMs, windowMs } = this.#options;
    setTimeout(() => this.#open(), warmUpMs);
    setTimeout(() => this.#answer(), warmUpMs + windowMs);
  }

  #answer(): void {
    const { from, cpu, count, lastAt } = this.#window!;
    const { user, system } = process.cpuUsage(cpu);
    answer({
      perSecond: count === 0 ? 0 : (count * 1_000) / (lastAt - from),
      cpuUs: (user + system) / count,
      outOfOrder: this.#outOfOrder,
    } satisfies ConsumeAnswer);
  }
}
