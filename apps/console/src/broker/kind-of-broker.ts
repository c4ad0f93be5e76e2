import type { Broker } from '@event-bus/messaging-client/inspect';
import type { LiveMap } from '../api.ts';

export type BrokerKind = NonNullable<LiveMap['broker']['kind']>;

/** AlterPartitionReassignments. Apache Kafka offers it since 2.4; log-broker is one process, and has no other to move a partition to. */
const MOVE_PARTITIONS = 45;

/** By the requests that it offers: every client is given them before it logs in, so no right is needed. */
export function kindOf({ cluster }: Broker): BrokerKind {
  return MOVE_PARTITIONS in (cluster.brokerPool.versions ?? {}) ? 'kafka' : 'log-broker';
}
