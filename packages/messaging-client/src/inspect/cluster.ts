import type { Kafka } from 'kafkajs';
import { fetchRecordSets } from '../kafka/kafkajs/fetch-record-sets.ts';
import type { ConsumerCluster } from '../kafka/kafkajs/fetch-record-sets.ts';

/**
 * The part of kafkajs below its consumer: a fetch from a partition's leader needs no group, so that reading changes no
 * group list, causes no rebalance and moves no offset. kafkajs 2.2.4 is its last release and pinned.
 */
export interface Cluster {
  /** `versions`: the requests that the broker offers, by their number in the protocol, as it answered to ApiVersions. */
  readonly brokerPool: { readonly versions: Readonly<Record<number, unknown>> | null };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): ReadonlyArray<{ readonly partitionId: number }>;
  fetchTopicsOffset(
    topics: ReadonlyArray<{ topic: string; partitions: Array<{ partition: number }>; fromBeginning: boolean }>,
  ): Promise<Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Node>;
  findGroupCoordinator(group: { groupId: string }): Promise<Node>;
}

interface Node {
  fetch(request: FetchRequest): Promise<{ responses: FetchResponse[] }>;
  offsetCommit(request: OffsetCommitRequest): Promise<unknown>;
}

interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: Array<{
    topic: string;
    partitions: Array<{ partition: number; fetchOffset: string; maxBytes: number }>;
  }>;
}

interface FetchResponse {
  readonly topicName: string;
  readonly partitions: PartitionData[];
}

interface PartitionData {
  readonly partition: number;
  /** For `fetchedIn()`: the bytes of the partition as they came. */
  readonly messages: readonly unknown[];
}

interface OffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>;
}

/** A connection to all brokers, which leaves what it fetches to the decoder of messaging-client. */
export function clusterOf(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find(({ description }) => description?.endsWith(':createCluster'));
  if (create === undefined) throw new Error('this is not kafkajs 2.2.4');
  const make = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!;
  const cluster = make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
  fetchRecordSets(cluster as unknown as ConsumerCluster);
  return cluster;
}
