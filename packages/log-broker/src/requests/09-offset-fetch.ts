import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 9: 8 asks for several groups at once, 9 adds the member (used by the newer group protocol only). From 2 on
// a null list of topics means everything the group has committed.

const NO_OFFSET = -1;

export const offsetFetch = defineRequest(OffsetFetch, [1, 9], (request, { broker, version }) => {
  if (version >= 8) {
    const groups = request.groups.map(({ groupId, topics }) => ({
      groupId,
      topics: offsetsOf(broker.groups, groupId, topics, request.requireStable),
      errorCode: ErrorCode.NONE,
    }));
    return { groups };
  }
  return {
    topics: offsetsOf(broker.groups, request.groupId, request.topics, request.requireStable),
    errorCode: ErrorCode.NONE,
  };
});

function offsetsOf(
  groups: GroupCoordinator,
  groupId: string,
  wanted: readonly { name: string; partitionIndexes: number[] }[] | null,
  requireStable: boolean,
) {
  const topics = wanted ?? everythingCommitted(groups, groupId);
  return topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const committed = groups.offsets.get(groupId, name, partitionIndex);
      return {
        partitionIndex,
        committedOffset: committed?.offset ?? NO_OFFSET,
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? '',
        // A consumer of committed records waits until the transaction has ended (KIP-447).
        errorCode:
          requireStable && groups.hasPendingOffset(groupId, name, partitionIndex)
            ? ErrorCode.UNSTABLE_OFFSET_COMMIT
            : ErrorCode.NONE,
      };
    }),
  }));
}

function everythingCommitted(groups: GroupCoordinator, groupId: string) {
  const byTopic = new Map<string, number[]>();
  for (const [topic, partition] of groups.offsets.ofGroup(groupId)) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
}
