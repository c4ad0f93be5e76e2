import { subscriptionOf } from '../groups/group-state.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeGroups } from '../wire/generated/describe-groups.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 5. An unknown group is described as Dead, as Kafka does before version 6.

export const describeGroups = defineRequest(DescribeGroups, [0, 5], function* (request, { broker }) {
  const groups = yield* eachInSteps(request.groups, (groupId) => {
    const group = broker.groups.state(groupId);
    // Only a stable group has assignments.
    const isStable = group?.phase === 'Stable';
    return {
      errorCode: ErrorCode.NONE,
      groupId,
      groupState: group?.phase ?? 'Dead',
      protocolType: group?.protocolType ?? '',
      protocolData: (isStable ? group.protocol : '') ?? '',
      members: [...(group?.members.values() ?? [])].map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        memberMetadata: isStable ? subscriptionOf(member, group.protocol) : Buffer.alloc(0),
        memberAssignment: member.assignment,
      })),
    };
  });
  return { groups };
});
