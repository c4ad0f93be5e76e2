import { figureOf } from '../harness/statistics.ts';
import { answer } from './program.ts';
import type { MetricsAnswer, MetricsInTurn } from './record-counter.ts';
import type { SwitchedMetrics } from './switch-metrics.ts';

/** After the last slice what was read ahead is still handled, which is no part of a scrape. */
const QUIET_MS = 1_000;

/**
 * Takes the processor time of slices in turn without and with metrics. Two processes differ by more than what is measured:
 * by when the compiler optimized what, and by what the collector found.
 */
export class SliceClock {
  readonly #options: MetricsInTurn;
  readonly #metrics: () => SwitchedMetrics;
  readonly #cpuUs: Record<'without' | 'with', number[]> = { without: [], with: [] };
  #records = 0;
  #slice: { readonly isOn: boolean; readonly cpu: NodeJS.CpuUsage } | undefined;

  constructor(options: MetricsInTurn, metrics: () => SwitchedMetrics) {
    this.#options = options;
    this.#metrics = metrics;
  }

  count(): void {
    const { warmUp, slice, slices } = this.#options;
    this.#records += 1;
    const inWindow = this.#records - warmUp;
    if (inWindow >= 0 && inWindow <= slice * slices && inWindow % slice === 0) this.#turn(inWindow === slice * slices);
    // Both kinds are warmed up.
    else if (inWindow < 0 && this.#records % slice === 0) this.#metrics().turn((this.#records / slice) % 2 === 1);
  }

  #turn(isLast: boolean): void {
    if (this.#slice !== undefined) this.#cpuUs[this.#slice.isOn ? 'with' : 'without'].push(since(this.#slice.cpu));
    if (isLast) {
      setTimeout(() => void this.#scrape(), QUIET_MS);
      return;
    }
    const isOn = !(this.#slice?.isOn ?? true);
    this.#metrics().turn(isOn);
    this.#slice = { isOn, cpu: process.cpuUsage() };
  }

  async #scrape(): Promise<void> {
    const { slice, scrapes } = this.#options;
    const all: number[] = [];
    for (let count = 0; count < scrapes; count += 1) {
      const cpu = process.cpuUsage();
      await this.#metrics().registry.metrics();
      all.push(since(cpu));
    }
    // The median: a full collection falls into few slices, of either kind.
    answer({
      without: figureOf(this.#cpuUs.without).median / slice,
      with: figureOf(this.#cpuUs.with).median / slice,
      scrape: figureOf(all).median,
    } satisfies MetricsAnswer);
  }
}

function since(cpu: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(cpu);
  return user + system;
}
