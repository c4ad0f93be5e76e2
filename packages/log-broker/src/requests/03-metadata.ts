import type { Broker } from '../broker.ts';
import type { Topic } from '../topics/topic-registry.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ZERO_UUID } from '../wire/message-schema.ts';
import { Metadata } from '../wire/generated/metadata.ts';
import type { MetadataRequestTopic, MetadataResponseTopic } from '../wire/generated/metadata.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 12. A topic that may be created is there when the answer leaves; Kafka answers
// UNKNOWN_TOPIC_OR_PARTITION first and lets the client try again.

export const metadata = defineRequest(Metadata, [0, 12], (request, { broker, version, client }) => {
  // No topics means all: an empty list in version 0, null from 1 on.
  const wantsAll = request.topics === null || (version === 0 && request.topics.length === 0);
  const mayCreate = version < 4 || request.allowAutoTopicCreation;
  const topics = wantsAll
    ? broker.topics.all().map((topic) => describe(broker, topic))
    : (request.topics ?? []).map((wanted) => find(broker, wanted, mayCreate));
  return {
    brokers: [{ nodeId: broker.nodeId, ...client.brokerAddress, rack: null }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics,
  };
});

function find(broker: Broker, { name, topicId }: MetadataRequestTopic, mayCreate: boolean): MetadataResponseTopic {
  try {
    if (name !== null) return describe(broker, broker.topicOrCreate(name, mayCreate));
    const topic = broker.topics.byId(topicId);
    if (topic) return describe(broker, topic);
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, isInternal: false, partitions: [] };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return { errorCode: error.code, name, topicId: ZERO_UUID, isInternal: false, partitions: [] };
  }
}

function describe(broker: Broker, topic: Topic): MetadataResponseTopic {
  const nodes = [broker.nodeId];
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map((log) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex: log.partition,
      leaderId: broker.nodeId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: nodes,
      isrNodes: nodes,
      offlineReplicas: [],
    })),
  };
}
