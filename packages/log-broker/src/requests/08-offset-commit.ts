import { OFFSET_METADATA_BYTES_MAX } from '../limits.ts';
import type { Broker } from '../broker.ts';
import type { OffsetToCommit } from '../groups/group-coordinator.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import type { OffsetCommitRequest, OffsetCommitRequestPartition } from '../wire/generated/offset-commit.ts';
import { defineRequest } from './define-request.ts';

// Versions 2 to 9: from 10 on topics are named by id. The retention time of versions 2 to 4 is ignored, as Kafka does
// since 2.1 for groups with members.

export const offsetCommit = defineRequest(OffsetCommit, [2, 9], async (request, { broker }) => {
  const who = {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationIdOrMemberEpoch,
  };
  const refusal = request.groupId === '' ? ErrorCode.INVALID_GROUP_ID : broker.groups.checkCommit(request.groupId, who);
  const { accepted, errorOf } = sortOut(broker, request, refusal);
  let failure: number = ErrorCode.NONE;
  try {
    broker.groups.commit(request.groupId, accepted);
    const log = accepted.length > 0 ? broker.topics.partition(OFFSETS_TOPIC, 0) : undefined;
    if (log) await broker.durable(log);
  } catch (error) {
    failure = error instanceof KafkaError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR;
    broker.logger('error', 'offsets not committed', { group: request.groupId, error: String(error) });
  }
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((partition) => {
        const error = errorOf.get(partition) ?? failure;
        return { partitionIndex: partition.partitionIndex, errorCode: error };
      }),
    })),
  };
});

function sortOut(broker: Broker, request: OffsetCommitRequest, refusal: number) {
  const accepted: OffsetToCommit[] = [];
  const errorOf = new Map<OffsetCommitRequestPartition, number>();
  for (const { name: topic, partitions } of request.topics) {
    for (const each of partitions) {
      const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = each;
      const metadata = each.committedMetadata ?? '';
      let error = refusal;
      if (error === ErrorCode.NONE && !broker.topics.partition(topic, partition)) {
        error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      } else if (error === ErrorCode.NONE && Buffer.byteLength(metadata) > OFFSET_METADATA_BYTES_MAX) {
        error = ErrorCode.OFFSET_METADATA_TOO_LARGE;
      }
      if (error === ErrorCode.NONE) {
        accepted.push({ topic, partition, offset, leaderEpoch, metadata, committedAt: Date.now() });
      } else {
        errorOf.set(each, error);
      }
    }
  }
  return { accepted, errorOf };
}
