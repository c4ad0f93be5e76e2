import { eachInSteps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { CreatePartitions } from '../wire/generated/create-partitions.ts';
import type { CreatePartitionsTopic } from '../wire/generated/create-partitions.ts';
import type { Broker } from '../broker.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 3. Partitions are only added: removing one would lose records.

export const createPartitions = defineRequest(CreatePartitions, [0, 3], function* (request, { broker }) {
  const grown = yield* eachInSteps(request.topics, async (wanted) => {
    try {
      await grow(broker, wanted, request.validateOnly);
      return { name: wanted.name, errorCode: ErrorCode.NONE, errorMessage: null };
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return { name: wanted.name, errorCode: error.code, errorMessage: error.message };
    }
  });
  // Together, so that they share the writes of the list of topics.
  return Promise.all(grown).then((results) => ({ results }));
});

async function grow(broker: Broker, { name, count, assignments }: CreatePartitionsTopic, validateOnly: boolean) {
  const topic = broker.topics.get(name);
  if (!topic) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic '${name}'`);
  const now = topic.partitions.length;
  if (count <= now) {
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, `topic '${name}' has ${now} partitions, ${count} is not more`);
  }
  if (
    assignments &&
    (assignments.length !== count - now || assignments.some(({ brokerIds }) => brokerIds.length !== 1))
  ) {
    throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, 'one replica for each new partition');
  }
  if (!validateOnly) await broker.topics.addPartitions(name, count);
}
