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
  readonly ours?: OursOptions;
}

export interface OursOptions {
  readonly driver: KafkaDriver;
  /** `transaction`, `shared` and `batch` write a row for each record, `batch` for many in one call. */
  readonly handler: 'no inbox' | 'repeatable' | 'outside' | 'transaction' | 'shared' | 'batch';
  /** Binds an interceptor to the handler, so that Nest's pipeline has something to do. */
  readonly interceptor?: boolean;
  /** The window is so many slices of so many records instead: every other one with all metrics of a service. */
  readonly metricsInTurn?: MetricsInTurn;
  readonly databaseUrl: string;
}

export interface MetricsInTurn {
  readonly warmUp: number;
  readonly slice: number;
  /** Even: as many without metrics as with them. */
  readonly slices: number;
  readonly scrapes: number;
}

/** Processor time of the process, in microseconds: for a record of each kind of slice, and for a scrape. */
export interface MetricsAnswer {
  readonly without: number;
  readonly with: number;
  readonly scrape: number;
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
    if (this.#window === undefined) return;
    this.#window.count += 1;
    // A topic that is read to its end before the window closes: the last record closed it.
    this.#window.lastAt = performance.now();
  }

  #open(): void {
    const from = performance.now();
    this.#window = { from, cpu: process.cpuUsage(), count: 0, lastAt: from };
  }

  #begin(): void {
    this.#hasBegun = true;
    const { warmUpMs, windowMs, ours } = this.#options;
    if (ours?.metricsInTurn !== undefined) return;
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
