import type { Broker } from '../broker.ts';
import { checkTopicConfig, describeTopicConfig } from '../topics/describe-config.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ZERO_UUID } from '../wire/message-schema.ts';
import { CreateTopics } from '../wire/generated/create-topics.ts';
import type { CreatableTopic, CreatableTopicResult } from '../wire/generated/create-topics.ts';
import { defineRequest } from './define-request.ts';

// Versions 2 to 7: 4 allows -1 for the broker's default, 5 returns the topic's settings, 7 its id.

const BROKER_DEFAULT = -1;

export const createTopics = defineRequest(CreateTopics, [2, 7], (request, { broker }) => {
  const names = request.topics.map(({ name }) => name);
  return {
    topics: request.topics.map((wanted) => {
      try {
        if (names.indexOf(wanted.name) !== names.lastIndexOf(wanted.name)) {
          throw new KafkaError(ErrorCode.INVALID_REQUEST, 'duplicate topic name in one request');
        }
        return create(broker, wanted, request.validateOnly);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return { name: wanted.name, errorCode: error.code, errorMessage: error.message };
      }
    }),
  };
});

function create(broker: Broker, wanted: CreatableTopic, validateOnly: boolean): CreatableTopicResult {
  const { name } = wanted;
  const partitions = partitionCount(broker, wanted);
  const replicationFactor = checkReplication(broker, wanted);
  const configs: Record<string, string> = {};
  for (const { name: key, value } of wanted.configs) {
    if (value === null)
      throw new KafkaError(ErrorCode.INVALID_CONFIG, `Null value not supported for configuration ${key}`);
    configs[key] = value;
  }
  broker.topics.checkCreate(name, partitions, configs);
  checkTopicConfig(configs);
  const topicId = validateOnly ? ZERO_UUID : broker.topics.create(name, partitions, configs).id;
  return {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor,
    configs: describeTopicConfig(broker, configs).map(({ name: key, value, readOnly, configSource, isSensitive }) => ({
      name: key,
      value,
      readOnly,
      configSource,
      isSensitive,
    })),
  };
}

function partitionCount(broker: Broker, { numPartitions, assignments }: CreatableTopic): number {
  if (assignments.length === 0) {
    return numPartitions === BROKER_DEFAULT ? broker.options.defaultPartitions : numPartitions;
  }
  const isWhole = assignments.every(
    ({ partitionIndex }, i) => partitionIndex === i || assignments.length > partitionIndex,
  );
  const isHere = assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === broker.nodeId);
  if (!isWhole || !isHere) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, `every replica must be on broker ${broker.nodeId}`);
  }
  return assignments.length;
}

function checkReplication(broker: Broker, { replicationFactor, assignments }: CreatableTopic): number {
  if (assignments.length > 0 || replicationFactor === 1 || replicationFactor === BROKER_DEFAULT) return 1;
  if (replicationFactor > 1 && broker.options.clampReplicationFactor) return 1;
  const detail = `replication factor ${replicationFactor} on a single broker`;
  throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, detail);
}
