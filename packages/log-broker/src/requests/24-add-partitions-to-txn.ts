import { Operation, ResourceType } from '../security/acl.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 3: 4 on are sent between brokers. All or nothing: if one partition is unknown or forbidden, none is added.

const FIRST_WITH_FENCED = 2;

export const addPartitionsToTxn = defineRequest(
  AddPartitionsToTxn,
  [0, 3],
  async (request, { broker, version, access }) => {
    const topics = request.v3AndBelowTopics;
    const wanted = topics.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, partition })),
    );
    const isKnown = ({ topic, partition }: { topic: string; partition: number }) =>
      broker.topics.partition(topic, partition) !== undefined && topic !== OFFSETS_TOPIC;
    let errorOf: (topic: string, partition: number) => number = () => ErrorCode.NONE;
    const mayWrite = ({ topic }: { topic: string }) => access.may(Operation.WRITE, ResourceType.TOPIC, topic);
    if (!wanted.every((each) => mayWrite(each) && isKnown(each))) {
      errorOf = (topic, partition) => {
        if (!mayWrite({ topic })) return ErrorCode.TOPIC_AUTHORIZATION_FAILED;
        const known = isKnown({ topic, partition });
        return known ? ErrorCode.OPERATION_NOT_ATTEMPTED : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      };
    } else {
      const producer = { producerId: request.v3AndBelowProducerId, producerEpoch: request.v3AndBelowProducerEpoch };
      const error = await broker.transactions.add(request.v3AndBelowTransactionalId, producer, wanted).then(
        () => ErrorCode.NONE,
        (failure: unknown) => transactionError(failure, version >= FIRST_WITH_FENCED),
      );
      errorOf = () => error;
    }
    return {
      resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: errorOf(name, partitionIndex),
        })),
      })),
    };
  },
);

/** Older clients know only INVALID_PRODUCER_EPOCH for a fenced producer. */
export function transactionError(failure: unknown, knowsFenced: boolean): number {
  if (!(failure instanceof KafkaError)) throw failure;
  return failure.code === ErrorCode.PRODUCER_FENCED && !knowsFenced ? ErrorCode.INVALID_PRODUCER_EPOCH : failure.code;
}
