import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { LAG_PARTITIONS_SHOWN_MAX, LAG_SAMPLE_MS } from '../limits.ts';
import type { PartitionLag } from './consumer-lag.ts';
import type { MessagingFigures } from './messaging-figures.ts';

const labelNames = [
  'messaging_consumer_group_name',
  'messaging_destination_name',
  'messaging_destination_partition_id',
] as const;

type Labels = Record<(typeof labelNames)[number], string>;

const SAMPLED = `read from the broker every ${LAG_SAMPLE_MS / 1_000} s, the same on every instance; missing while the broker does not answer.`;

/** Of every partition of the topics that the service consumes, whichever instance holds it. */
export function measureLag(registry: Registry, { lag }: MessagingFigures): void {
  lag.start();
  const gauges: ReadonlyArray<readonly [name: string, help: string, valueOf: (partition: PartitionLag) => number]> = [
    [
      'messaging_consumer_lag_records',
      `Records of a partition that the group has not finished, also where it has committed nothing: ${SAMPLED}`,
      ({ records }) => records,
    ],
    [
      'messaging_consumer_lag_seconds',
      `For how long the first of them has been in the log, 0 when there is none: ${SAMPLED}`,
      ({ since }) => (since === undefined ? 0 : Math.max(0, (Date.now() - since) / 1_000)),
    ],
  ];
  for (const [name, help, valueOf] of gauges) {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames,
        registers: [],
        collect() {
          this.reset();
          for (const partition of shown(lag.last ?? [])) this.set(labelsOf(partition), valueOf(partition));
        },
      }),
    );
  }
}

function shown(partitions: readonly PartitionLag[]): readonly PartitionLag[] {
  if (partitions.length <= LAG_PARTITIONS_SHOWN_MAX) return partitions;
  return partitions.toSorted((one, other) => other.records - one.records).slice(0, LAG_PARTITIONS_SHOWN_MAX);
}

function labelsOf({ group, topic, partition }: PartitionLag): Labels {
  return {
    messaging_consumer_group_name: group,
    messaging_destination_name: topic,
    messaging_destination_partition_id: String(partition),
  };
}
