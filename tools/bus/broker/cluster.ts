import { createRequire } from 'node:module';
import type { Kafka, KafkaMessage } from 'kafkajs';

/**
 * What kafkajs is made of below its consumer: a fetch from a partition's leader needs no group, so that nobody's
 * group list, rebalance or offset changes because an operator looks. kafkajs 2.2.4 is its last release and pinned.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
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
  readonly messages: KafkaMessage[];
}

interface OffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>;
}

/** One answer of a fetch, without control records and what an aborted transaction has left. */
export interface Batch {
  readonly messages: KafkaMessage[];
  readonly rawMessages: KafkaMessage[];
  lastOffset(): string;
}

const require = createRequire(import.meta.url);
const BatchOfKafkajs = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  fetchedOffset: string,
  data: PartitionData,
) => Batch;

export function batchOf(topic: string, fetchedOffset: bigint, data: PartitionData): Batch {
  return new BatchOfKafkajs(topic, String(fetchedOffset), data);
}

export function clusterOf(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find(({ description }) => description?.endsWith(':createCluster'));
  if (create === undefined) throw new Error('this is not kafkajs 2.2.4');
  const make = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!;
  return make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
}
