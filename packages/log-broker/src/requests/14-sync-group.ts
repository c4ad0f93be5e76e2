import { ErrorCode } from '../wire/error-code.ts';
import { SyncGroup } from '../wire/generated/sync-group.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 5: 3 adds static members, 5 the protocol, checked against what the group agreed on. Answered when the
// leader has sent the assignment.

export const syncGroup = defineRequest(SyncGroup, [0, 5], async (request, { broker }) => {
  if (request.groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID, assignment: Buffer.alloc(0) };
  const answer = await broker.groups.sync(request.groupId, {
    sender: { memberId: request.memberId, instanceId: request.groupInstanceId, generation: request.generationId },
    protocolType: request.protocolType,
    protocol: request.protocolName,
    // Copied: the value is a view of the whole request.
    assignments: new Map(request.assignments.map((each) => [each.memberId, Buffer.from(each.assignment)])),
  });
  const { errorCode, protocolType, protocol: protocolName, assignment } = answer;
  return { errorCode, protocolType, protocolName, assignment };
});
