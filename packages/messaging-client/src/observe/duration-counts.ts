import { METRIC_DURATION_BUCKETS_SECONDS } from '../limits.ts';

/**
 * How many durations were how long, for a histogram. prom-client's own sorts and hashes its labels at each observation, which costs as
 * much as a record's bookkeeping.
 */
export class DurationCounts {
  /** How many fell into each bucket, and not into one before; the last is beyond all of them. */
  readonly counts: number[] = METRIC_DURATION_BUCKETS_SECONDS.map(() => 0).concat(0);
  sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > METRIC_DURATION_BUCKETS_SECONDS[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += seconds;
  }
}
