import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { SCRAPE_REUSED_MS, SCRAPE_TIMEOUT_MS } from '../limits.ts';

export type LabelledValue = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface SourceGauge<Figures> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  values(figures: Figures): readonly LabelledValue[];
}

/**
 * Figures that are queried when they are scraped. One query runs at a time, within SCRAPE_TIMEOUT_MS for those who wait, and its result
 * is used for SCRAPE_REUSED_MS. When it fails or is late the figures are missing from the scrape: an old one is never shown.
 */
export class ScrapeSource<Figures> {
  readonly #query: () => Promise<Figures>;
  #running: Promise<Figures | undefined> | undefined;
  #last: { readonly figures: Figures; readonly at: number } | undefined;

  constructor(query: () => Promise<Figures>) {
    this.#query = query;
  }

  /** Undefined when they cannot be had now. */
  async figures(): Promise<Figures | undefined> {
    if (this.#last !== undefined && performance.now() - this.#last.at < SCRAPE_REUSED_MS) return this.#last.figures;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), SCRAPE_TIMEOUT_MS);
    const figures = await Promise.race([this.#running, late.promise]);
    clearTimeout(timer);
    return figures;
  }

  register(registry: Registry, gauges: ReadonlyArray<SourceGauge<Figures>>): void {
    for (const { name, help, labelNames = [], values } of gauges) {
      const read = (): Promise<Figures | undefined> => this.figures();
      registry.registerMetric(
        new Gauge({
          name,
          help,
          labelNames: [...labelNames],
          registers: [],
          async collect() {
            const figures = await read();
            this.reset();
            // What has no labels would be 0 after a reset, which is not the same as missing.
            if (labelNames.length === 0) this.remove();
            if (figures !== undefined) for (const [labels, value] of values(figures)) this.set(labels, value);
          },
        }),
      );
    }
  }

  async #run(): Promise<Figures | undefined> {
    try {
      const figures = await this.#query();
      this.#last = { figures, at: performance.now() };
      return figures;
    } catch {
      return undefined;
    }
  }
}

/** One gauge for all sources: whether the figures of each are in this scrape; undefined where there is nothing to query. */
export function registerSourcesUp(
  registry: Registry,
  sources: Readonly<Record<string, () => Promise<boolean> | boolean | undefined>>,
): void {
  registry.registerMetric(
    new Gauge({
      name: 'messaging_metrics_source_up',
      help: 'Whether the metrics that are queried from a source are in this scrape: 1, or 0 when the source did not answer. outbox and inbox are tables of the database, broker is the lag.',
      labelNames: ['source'],
      registers: [],
      async collect() {
        for (const [source, isUp] of Object.entries(sources)) {
          const up = await isUp();
          if (up !== undefined) this.set({ source }, up ? 1 : 0);
        }
      },
    }),
  );
}
