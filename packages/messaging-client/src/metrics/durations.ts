import type { Metric, MetricValueWithName } from 'prom-client';
import { METRIC_DURATION_BUCKETS_SECONDS } from '../limits.ts';
import { DurationCounts } from '../observe/duration-counts.ts';

type Labels = Readonly<Record<string, string>>;

export interface DurationSeries {
  readonly labels: Labels;
  readonly durations: DurationCounts;
}

/** A histogram for prom-client of what is counted elsewhere. */
export function histogramOf(
  name: string,
  help: string,
  labelNames: readonly string[],
  series: () => Iterable<DurationSeries>,
): Metric {
  const values = (): Array<MetricValueWithName<string>> => [...series()].flatMap((one) => samplesOf(name, one));
  const metric = {
    name,
    help,
    type: 'histogram',
    labelNames,
    aggregator: 'sum',
    get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: values() }),
    reset: () => undefined,
  };
  return metric as unknown as Metric;
}

/** By event and outcome, for what happens at every record. */
export class Durations {
  readonly #series = new Map<string, Map<string, DurationSeries>>();
  /** Most records are like the one before. */
  #last: DurationSeries | undefined;

  get series(): Iterable<DurationSeries> {
    return [...this.#series.values()].flatMap((ofEvent) => [...ofEvent.values()]);
  }

  observe(event: string, outcome: string, seconds: number): void {
    if (this.#last?.labels['event'] !== event || this.#last.labels['outcome'] !== outcome) {
      this.#last = this.#seriesOf(event, outcome);
    }
    this.#last.durations.observe(seconds);
  }

  #seriesOf(event: string, outcome: string): DurationSeries {
    let ofEvent = this.#series.get(event);
    if (ofEvent === undefined) this.#series.set(event, (ofEvent = new Map<string, DurationSeries>()));
    let series = ofEvent.get(outcome);
    if (series === undefined) {
      series = { labels: { event, outcome }, durations: new DurationCounts() };
      ofEvent.set(outcome, series);
    }
    return series;
  }
}

function samplesOf(name: string, { labels, durations }: DurationSeries): Array<MetricValueWithName<string>> {
  let total = 0;
  const buckets = durations.counts.map((count, bucket) => {
    total += count;
    const le = METRIC_DURATION_BUCKETS_SECONDS[bucket] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: durations.sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
