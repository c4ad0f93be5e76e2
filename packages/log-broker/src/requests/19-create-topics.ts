import type { Broker } from '../broker.ts';
import { checkTopicSettings, describeTopicSettings } from '../settings/topic-settings.ts';
import { eachInSteps, inTurns } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ZERO_UUID } from '../wire/message-schema.ts';
import { CreateTopics } from '../wire/generated/create-topics.ts';
import type { CreatableTopic, CreatableTopicResult } from '../wire/generated/create-topics.ts';
import { defineRequest } from './define-request.ts';

// Versions 2 to 7: 4 allows -1 for the broker's default, 5 returns the topic's settings, 7 its id.

const BROKER_DEFAULT = -1;

export const createTopics = defineRequest(CreateTopics, [2, 7], function* (request, { broker }) {
  const times = new Map<string, number>();
  for (const { name } of request.topics) times.set(name, (times.get(name) ?? 0) + 1);
  const checked = yield* eachInSteps(request.topics, (wanted): CheckedTopic | CreatableTopicResult => {
    try {
      if (times.get(wanted.name) !== 1) {
        throw new KafkaError(ErrorCode.INVALID_REQUEST, 'duplicate topic name in one request');
      }
      return check(broker, wanted);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return refused(wanted.name, error);
    }
  });
  return create(broker, checked, request.validateOnly).then((topics) => ({ topics }));
});

interface CheckedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Record<string, string>;
}

function check(broker: Broker, wanted: CreatableTopic): CheckedTopic {
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
  checkTopicSettings(configs);
  return { name, partitions, replicationFactor, configs };
}

function refused(name: string, { code, message }: KafkaError): CreatableTopicResult {
  return { name, errorCode: code, errorMessage: message };
}

/** Creates all valid ones together. */
async function create(
  broker: Broker,
  checked: readonly (CheckedTopic | CreatableTopicResult)[],
  validateOnly: boolean,
): Promise<CreatableTopicResult[]> {
  const wanted = checked.filter((each): each is CheckedTopic => 'partitions' in each);
  const created = validateOnly ? undefined : await broker.topics.createAll(wanted);
  const byName = new Map(wanted.map(({ name }, n) => [name, created?.[n]]));
  return await inTurns(
    eachInSteps(checked, (each): CreatableTopicResult => {
      if (!('partitions' in each)) return each;
      const topic = byName.get(each.name);
      return topic instanceof KafkaError ? refused(each.name, topic) : describe(broker, each, topic?.id ?? ZERO_UUID);
    }),
  );
}

function describe(broker: Broker, topic: CheckedTopic, topicId: string): CreatableTopicResult {
  const { name, partitions, replicationFactor, configs } = topic;
  return {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor,
    configs: describeTopicSettings(broker.options.topicDefaults, configs).map(
      ({ name: key, value, readOnly, configSource, isSensitive }) => ({
        name: key,
        value,
        readOnly,
        configSource,
        isSensitive,
      }),
    ),
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
