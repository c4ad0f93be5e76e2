import { OFFSET_METADATA_BYTES_MAX } from '../limits.ts';
import type { OffsetToCommit } from '../groups/group-coordinator.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { TxnOffsetCommit } from '../wire/generated/txn-offset-commit.ts';
import type { TxnOffsetCommitRequest } from '../wire/generated/txn-offset-commit.ts';
import type { Broker } from '../broker.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 3: 3 adds the group's generation, so that a replaced member cannot commit. The offsets become valid when
// the transaction commits.

export const txnOffsetCommit = defineRequest(TxnOffsetCommit, [0, 3], async (request, { broker }) => {
  const { groupId, producerId, producerEpoch } = request;
  let errorCode = refusal(broker, request);
  const offsets = request.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((each): OffsetToCommit => ({
      topic,
      partition: each.partitionIndex,
      offset: each.committedOffset,
      leaderEpoch: each.committedLeaderEpoch,
      metadata: each.committedMetadata ?? '',
      committedAt: broker.clock.now(),
    })),
  );
  if (
    errorCode === ErrorCode.NONE &&
    offsets.some(({ metadata }) => Buffer.byteLength(metadata) > OFFSET_METADATA_BYTES_MAX)
  ) {
    errorCode = ErrorCode.OFFSET_METADATA_TOO_LARGE;
  }
  if (errorCode === ErrorCode.NONE) {
    try {
      broker.groups.commitInTransaction(groupId, { producerId, producerEpoch }, offsets);
      await broker.durable(broker.offsetsTopic.log);
    } catch (error) {
      errorCode = error instanceof KafkaError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR;
    }
  }
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
});

function refusal(broker: Broker, request: TxnOffsetCommitRequest): number {
  const { groupId, transactionalId, producerId, producerEpoch, memberId, groupInstanceId, generationId } = request;
  if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
  try {
    broker.transactions.checkWrite(transactionalId, { producerId, producerEpoch }, OFFSETS_TOPIC, 0);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return error.code;
  }
  const sender = { memberId, instanceId: groupInstanceId, generation: generationId };
  const check = broker.groups.checkCommit(groupId, sender, true);
  // The generation is the epoch of a member of a consumer group.
  return typeof check !== 'number' || check === ErrorCode.STALE_MEMBER_EPOCH ? ErrorCode.ILLEGAL_GENERATION : check;
}
