import type { Broker } from '../broker.ts';
import type { ConsumerGroup } from '../consumer-groups/consumer-group.ts';
import type { ConsumerMember } from '../consumer-groups/consumer-member.ts';
import { Operation, ResourceType } from '../security/acl.ts';
import type { Steps } from '../turns.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ConsumerGroupDescribe } from '../wire/generated/consumer-group-describe.ts';
import type { DescribedGroup } from '../wire/generated/consumer-group-describe.ts';
import { defineRequest } from './define-request.ts';
import type { Access } from './define-request.ts';

// Versions 0 and 1: 1 adds the protocol of each member. Classic groups are described by DescribeGroups.

const USES_CLASSIC_PROTOCOL = 0;
const USES_CONSUMER_PROTOCOL = 1;

export const consumerGroupDescribe = defineRequest(
  ConsumerGroupDescribe,
  [0, 1],
  function* ({ groupIds }, { broker, access }) {
    const groups: DescribedGroup[] = [];
    for (const groupId of groupIds) {
      const group = broker.groups.consumers.get(groupId);
      if (group) groups.push(yield* describe(broker, access, group));
      else groups.push(failed(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`));
      yield;
    }
    return { groups };
  },
);

function* describe(broker: Broker, access: Access, group: ConsumerGroup): Steps<DescribedGroup> {
  const isVisible = (topicId: string) =>
    access.may(Operation.DESCRIBE, ResourceType.TOPIC, broker.topics.byId(topicId)?.name ?? '');
  const isHidden = ({ id, assigned }: ConsumerMember) =>
    [...assigned.keys(), ...group.target(id).keys()].some((topicId) => !isVisible(topicId));
  const members = yield* eachInSteps(group.members.values(), (member) => member);
  if (members.some(isHidden)) {
    const detail = 'The group has described topic(s) that the client is not authorized to describe.';
    return failed(group.id, ErrorCode.TOPIC_AUTHORIZATION_FAILED, detail);
  }
  return {
    errorCode: ErrorCode.NONE,
    groupId: group.id,
    groupState: group.phase,
    groupEpoch: group.epoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: group.assignor,
    members: yield* eachInSteps(members, (member) => describeMember(broker, group, member)),
  };
}

function describeMember(
  broker: Broker,
  group: ConsumerGroup,
  member: ConsumerMember,
): DescribedGroup['members'][number] {
  const named = (all: Iterable<[topicId: string, partitions: Iterable<number>]>) => ({
    topicPartitions: [...all].flatMap(([topicId, partitions]) => {
      const topicName = broker.topics.byId(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions: [...partitions] }];
    }),
  });
  const owned = [...member.assigned].map(([id, all]): [string, Iterable<number>] => [id, all.keys()]);
  return {
    memberId: member.id,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topics],
    subscribedTopicRegex: member.regex,
    assignment: named(owned),
    targetAssignment: named(group.target(member.id)),
    memberType: member.classic ? USES_CLASSIC_PROTOCOL : USES_CONSUMER_PROTOCOL,
  };
}

function failed(groupId: string, errorCode: number, errorMessage: string): DescribedGroup {
  const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] };
  return { errorCode, errorMessage, groupId, ...nothing };
}
