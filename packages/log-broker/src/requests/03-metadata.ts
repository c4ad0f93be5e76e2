import { AUTO_CREATED_TOPICS_PER_REQUEST_MAX } from '../limits.ts';
import type { Broker } from '../broker.ts';
import type { Topic } from '../topics/topic-registry.ts';
import { eachInSteps, inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import { CLUSTER_NAME, Operation, ResourceType } from '../security/acl.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ZERO_UUID } from '../wire/message-schema.ts';
import { Metadata } from '../wire/generated/metadata.ts';
import type { MetadataRequestTopic, MetadataResponseTopic } from '../wire/generated/metadata.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 13. Topics that may be created exist when the answer is sent. Kafka answers UNKNOWN_TOPIC_OR_PARTITION first
// and lets the client retry; here this happens only for topics beyond the limit of one request.

const { CREATE, DESCRIBE } = Operation;
const { CLUSTER, TOPIC } = ResourceType;

export const metadata = defineRequest(Metadata, [0, 13], function* (request, { broker, version, client, access }) {
  const answer = (topics: MetadataResponseTopic[]) => ({
    brokers: [{ nodeId: broker.nodeId, ...client.brokerAddress, rack: null }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics,
  });
  // No topics means all: an empty list in version 0, null from 1 on.
  if (request.topics === null || (version === 0 && request.topics.length === 0)) {
    const all = broker.topics.all().filter(({ name }) => access.may(DESCRIBE, TOPIC, name));
    return answer(yield* eachInSteps(all, (topic) => describe(broker, topic)));
  }
  const wanted = request.topics;
  const isToCreate = broker.options.autoCreateTopics && (version < 4 || request.allowAutoTopicCreation);
  const mayCreate = (name: string) => access.may(CREATE, CLUSTER, CLUSTER_NAME) || access.may(CREATE, TOPIC, name);
  const found = () =>
    eachInSteps(wanted, (each) => {
      const topic = find(broker, each);
      const isMissing = isToCreate && topic.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      const isForbidden = isMissing && !mayCreate(topic.name ?? '');
      return isForbidden ? { ...topic, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED } : topic;
    });
  const missing = isToCreate ? (yield* missingOf(broker, wanted)).filter(mayCreate) : [];
  if (missing.length === 0) return answer(yield* found());
  return createMissing(broker, missing, found).then(answer);
});

function* missingOf(broker: Broker, wanted: readonly MetadataRequestTopic[]): Steps<string[]> {
  const missing = new Set<string>();
  for (const { name } of wanted) {
    if (missing.size === AUTO_CREATED_TOPICS_PER_REQUEST_MAX) break;
    if (name !== null && !broker.topics.get(name)) missing.add(name);
    yield;
  }
  return [...missing];
}

/** Describes the topics afterwards, with the error of those that could not be created. */
async function createMissing(
  broker: Broker,
  missing: readonly string[],
  found: () => Steps<MetadataResponseTopic[]>,
): Promise<MetadataResponseTopic[]> {
  const partitions = broker.options.defaultPartitions;
  const created = await broker.topics.createAll(missing.map((name) => ({ name, partitions })));
  const errorOf = new Map(missing.map((name, n) => [name, created[n]]));
  const topics = await inTurns(found());
  return topics.map((topic) => {
    const error = topic.name === null ? undefined : errorOf.get(topic.name);
    const isMissing = topic.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return isMissing && error instanceof KafkaError ? { ...topic, errorCode: creationError(error) } : topic;
  });
}

/** A topic that another request is creating: the client retries and finds it. */
function creationError({ code }: KafkaError): number {
  const isThere = code === ErrorCode.TOPIC_ALREADY_EXISTS || code === ErrorCode.REQUEST_TIMED_OUT;
  return isThere ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : code;
}

function find(broker: Broker, { name, topicId }: MetadataRequestTopic): MetadataResponseTopic {
  const topic = name === null ? broker.topics.byId(topicId) : broker.topics.get(name);
  if (topic) return describe(broker, topic);
  const errorCode = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  return { errorCode, name, topicId: name === null ? topicId : ZERO_UUID, isInternal: false, partitions: [] };
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
