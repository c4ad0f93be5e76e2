import type { Broker } from '../broker.ts';
import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import { Operation, ResourceType } from '../security/acl.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ZERO_UUID } from '../wire/message-schema.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import type { OffsetFetchResponse, OffsetFetchResponsePartition } from '../wire/generated/offset-fetch.ts';
import { defineRequest } from './define-request.ts';
import type { Access } from './define-request.ts';
import { topicNaming } from './topic-naming.ts';

// Versions 1 to 10: 8 takes several groups at once, 9 adds the member, which consumer groups check, 10 names topics by id.
// From 2 on a null list of topics means everything the group has committed.

const NO_OFFSET = -1;
const FIRST_WITH_TOPIC_IDS = 10;

export const offsetFetch = defineRequest(OffsetFetch, [1, 10], function* (request, { broker, version, access }) {
  const { requireStable } = request;
  if (version >= 8) {
    const groups: OffsetFetchResponse['groups'] = [];
    const byId = version >= FIRST_WITH_TOPIC_IDS;
    for (const { groupId, topics: wanted, memberId, memberEpoch } of request.groups) {
      const errorCode = broker.groups.consumers.get(groupId)?.checkFetch(memberId, memberEpoch) ?? ErrorCode.NONE;
      if (errorCode !== ErrorCode.NONE) {
        groups.push({ groupId, topics: [], errorCode });
        continue;
      }
      const topics = yield* offsetsOf(broker, access, { groupId, wanted, requireStable, byId });
      groups.push({ groupId, topics, errorCode: ErrorCode.NONE });
    }
    return { groups };
  }
  const { groupId, topics: wanted } = request;
  const topics = yield* offsetsOf(broker, access, { groupId, wanted, requireStable, byId: false });
  return { topics, errorCode: ErrorCode.NONE };
});

interface Question {
  readonly groupId: string;
  /** Null for everything. */
  readonly wanted: readonly { name: string; topicId?: string; partitionIndexes: number[] }[] | null;
  readonly requireStable: boolean;
  readonly byId: boolean;
}

function* offsetsOf(
  { groups, topics: registry }: Broker,
  { may }: Access,
  { groupId, wanted, requireStable, byId }: Question,
) {
  const topics: { name: string; topicId: string; partitions: OffsetFetchResponsePartition[] }[] = [];
  const naming = topicNaming(registry, byId);
  for (const each of wanted ?? everythingCommitted(groups, groupId)) {
    const { partitionIndexes } = each;
    const known = wanted ? naming.find(each.name, each.topicId ?? '') : registry.get(each.name);
    if (byId && !known) {
      // Offsets of a topic that does not exist any more have no id to be listed by.
      const { topicId = '' } = each;
      if (wanted) topics.push({ name: '', topicId, partitions: refused(partitionIndexes, naming.unknown) });
      continue;
    }
    const name = known?.name ?? each.name;
    const topicId = known?.id ?? ZERO_UUID;
    if (!may(Operation.DESCRIBE, ResourceType.TOPIC, name)) {
      // Of everything, only what the client may see.
      const { TOPIC_AUTHORIZATION_FAILED } = ErrorCode;
      if (wanted) topics.push({ name, topicId, partitions: refused(partitionIndexes, TOPIC_AUTHORIZATION_FAILED) });
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
    topics.push({ name, topicId, partitions });
  }
  return topics;
}

function refused(partitionIndexes: readonly number[], errorCode: number): OffsetFetchResponsePartition[] {
  const nothing = { committedOffset: NO_OFFSET, committedLeaderEpoch: -1, metadata: '' };
  return partitionIndexes.map((partitionIndex) => ({ partitionIndex, ...nothing, errorCode }));
}

function everythingCommitted(
  groups: GroupCoordinator,
  groupId: string,
): { name: string; topicId?: string; partitionIndexes: number[] }[] {
  const byTopic = new Map<string, number[]>();
  for (const [topic, partition] of groups.offsets.ofGroup(groupId)) {
    const indexes = byTopic.get(topic);
    if (indexes) indexes.push(partition);
    else byTopic.set(topic, [partition]);
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({ name, partitionIndexes }));
}
