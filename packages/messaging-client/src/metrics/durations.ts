import type { Metric, MetricValueWithName } from 'prom-client';
import { METRIC_DURATION_BUCKETS_SECONDS } from '../limits.ts';

interface Series {
  readonly event: string;
  readonly outcome: string;
  /** How many fell into each bucket, and not into one before; the last is beyond all of them. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram by event and outcome for what happens at every record: prom-client's own sorts and hashes its labels at each
 * observation, which costs as much as a record's bookkeeping.
 */
export class Durations {
  readonly metric: Metric;
  readonly #series = new Map<string, Map<string, Series>>();

  constructor(name: string, help: string) {
    const metric = {
      name,
      help,
      type: 'histogram',
      labelNames: ['event', 'outcome'],
      aggregator: 'sum',
      get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: this.#values(name) }),
      reset: () => this.#series.clear(),
    };
    this.metric = metric as unknown as Metric;
  }

  observe(event: string, outcome: string, seconds: number): void {
    const series = this.#seriesOf(event, outcome);
    let bucket = 0;
    while (seconds > METRIC_DURATION_BUCKETS_SECONDS[bucket]!) bucket += 1;
    series.counts[bucket]! += 1;
    series.sum += seconds;
  }

  #seriesOf(event: string, outcome: string): Series {
    let ofEvent = this.#series.get(event);
    if (ofEvent === undefined) this.#series.set(event, (ofEvent = new Map<string, Series>()));
    let series = ofEvent.get(outcome);
    if (series === undefined) {
      series = { event, outcome, counts: METRIC_DURATION_BUCKETS_SECONDS.map(() => 0).concat(0), sum: 0 };
      ofEvent.set(outcome, series);
    }
    return series;
  }

  #values(name: string): Array<MetricValueWithName<string>> {
    return [...this.#series.values()].flatMap((ofEvent) =>
      [...ofEvent.values()].flatMap((series) => samplesOf(name, series)),
    );
  }
}

function samplesOf(name: string, { event, outcome, counts, sum }: Series): Array<MetricValueWithName<string>> {
  const labels = { event, outcome };
  let total = 0;
  const buckets = counts.map((count, bucket) => {
    total += count;
    const le = METRIC_DURATION_BUCKETS_SECONDS[bucket] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
