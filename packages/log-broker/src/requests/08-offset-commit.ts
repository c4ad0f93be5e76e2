import { OFFSET_METADATA_BYTES_MAX } from '../limits.ts';
import type { Broker } from '../broker.ts';
import type { CommitCheck, OffsetToCommit } from '../groups/group-coordinator.ts';
import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import type {
  OffsetCommitRequest,
  OffsetCommitRequestPartition,
  OffsetCommitResponse,
} from '../wire/generated/offset-commit.ts';
import { defineRequest } from './define-request.ts';
import { topicNaming } from './topic-naming.ts';

// Versions 2 to 10: 9 is for members of consumer groups, too; 10 names topics by id. The retention time of
// versions 2 to 4 is ignored, as Kafka does since 2.1 for groups with members.

const FIRST_WITH_MEMBER_EPOCH = 9;
const FIRST_WITH_TOPIC_IDS = 10;

export const offsetCommit = defineRequest(OffsetCommit, [2, 10], function* (request, { broker, version }) {
  const sender = {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationIdOrMemberEpoch,
  };
  const member = broker.groups.consumers.get(request.groupId)?.members.get(sender.memberId);
  const isTooOld = version < FIRST_WITH_MEMBER_EPOCH && sender.generation >= 0 && member?.classic === null;
  let refusal: CommitCheck;
  if (request.groupId === '') refusal = ErrorCode.INVALID_GROUP_ID;
  else refusal = isTooOld ? ErrorCode.UNSUPPORTED_VERSION : broker.groups.checkCommit(request.groupId, sender);
  const { accepted, errorOf } = yield* checkOffsets(broker, request, version, refusal);
  const answer = (failure?: Error): OffsetCommitResponse => {
    let errorCode: number = ErrorCode.NONE;
    if (failure !== undefined) {
      errorCode = failure instanceof KafkaError ? failure.code : ErrorCode.KAFKA_STORAGE_ERROR;
      broker.logger('error', 'offsets not committed', { group: request.groupId, error: String(failure) });
    }
    const topics = request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: errorOf.get(partition) ?? errorCode,
      })),
    }));
    return { topics };
  };
  try {
    yield* broker.groups.commitInSteps(request.groupId, accepted);
  } catch (error) {
    return answer(error as Error);
  }
  const log = accepted.length > 0 ? broker.topics.partition(OFFSETS_TOPIC, 0) : undefined;
  const durable = log && broker.durable(log);
  return durable ? durable.then(() => answer(), answer) : answer();
});

function* checkOffsets(
  broker: Broker,
  request: OffsetCommitRequest,
  version: number,
  refusal: CommitCheck,
): Steps<{ accepted: OffsetToCommit[]; errorOf: Map<OffsetCommitRequestPartition, number> }> {
  const accepted: OffsetToCommit[] = [];
  const errorOf = new Map<OffsetCommitRequestPartition, number>();
  const naming = topicNaming(broker.topics, version >= FIRST_WITH_TOPIC_IDS);
  for (const { name, topicId, partitions } of request.topics) {
    const topic = naming.find(name, topicId);
    for (const each of partitions) {
      yield;
      const { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch } = each;
      const metadata = each.committedMetadata ?? '';
      let error = typeof refusal === 'number' ? refusal : refusal(topic?.id ?? '', partition);
      if (error === ErrorCode.NONE && !topic?.partitions[partition]) {
        error = topic ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : naming.unknown;
      } else if (error === ErrorCode.NONE && Buffer.byteLength(metadata) > OFFSET_METADATA_BYTES_MAX) {
        error = ErrorCode.OFFSET_METADATA_TOO_LARGE;
      }
      if (topic && error === ErrorCode.NONE) {
        accepted.push({ topic: topic.name, partition, offset, leaderEpoch, metadata, committedAt: broker.clock.now() });
      } else {
        errorOf.set(each, error);
      }
    }
  }
  return { accepted, errorOf };
}
