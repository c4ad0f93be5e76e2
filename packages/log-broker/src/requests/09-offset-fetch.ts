import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import { Operation, ResourceType } from '../security/acl.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import type { OffsetFetchResponse } from '../wire/generated/offset-fetch.ts';
import type { Access } from './define-request.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 9: 8 takes several groups at once, 9 adds the member, which consumer groups check. From 2 on
// a null list of topics means everything the group has committed.

const NO_OFFSET = -1;

export const offsetFetch = defineRequest(OffsetFetch, [1, 9], function* (request, { broker, version, access }) {
  if (version >= 8) {
    const groups: OffsetFetchResponse['groups'] = [];
    for (const { groupId, topics, memberId, memberEpoch } of request.groups) {
      const errorCode = broker.groups.consumers.get(groupId)?.checkFetch(memberId, memberEpoch) ?? ErrorCode.NONE;
      if (errorCode !== ErrorCode.NONE) {
        groups.push({ groupId, topics: [], errorCode });
        continue;
      }
      const offsets = yield* offsetsOf(broker.groups, access, groupId, topics, request.requireStable);
      groups.push({ groupId, topics: offsets, errorCode: ErrorCode.NONE });
    }
    return { groups };
  }
  return {
    topics: yield* offsetsOf(broker.groups, access, request.groupId, request.topics, request.requireStable),
    errorCode: ErrorCode.NONE,
  };
});

function* offsetsOf(
  groups: GroupCoordinator,
  { may }: Access,
  groupId: string,
  wanted: readonly { name: string; partitionIndexes: number[] }[] | null,
  requireStable: boolean,
) {
  const topics: OffsetFetchResponse['topics'] = [];
  for (const { name, partitionIndexes } of wanted ?? everythingCommitted(groups, groupId)) {
    if (!may(Operation.DESCRIBE, ResourceType.TOPIC, name)) {
      // Of everything, only what the client may see.
      if (wanted) topics.push({ name, partitions: partitionIndexes.map(forbidden) });
      continue;
    }
    const partitions = yield* eachInSteps(partitionIndexes, (partitionIndex) => {
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
    });
    topics.push({ name, partitions });
  }
  return topics;
}

function forbidden(partitionIndex: number) {
  const errorCode = ErrorCode.TOPIC_AUTHORIZATION_FAILED;
  return { partitionIndex, committedOffset: NO_OFFSET, committedLeaderEpoch: -1, metadata: '', errorCode };
}

function everythingCommitted(groups: GroupCoordinator, groupId: string) {
  const byTopic = new Map<string, number[]>();
  for (const [topic, partition] of groups.offsets.ofGroup(groupId)) {
    const indexes = byTopic.get(topic);
    if (indexes) indexes.push(partition);
    else byTopic.set(topic, [partition]);
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
}
