import { ErrorCode } from '../wire/error-code.ts';
import { LeaveGroup } from '../wire/generated/leave-group.ts';
import type { MemberResponse } from '../wire/generated/leave-group.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 5: 3 removes several members at once, static ones by their instance id.

export const leaveGroup = defineRequest(LeaveGroup, [0, 5], async (request, { broker, version }) => {
  if (version < 3) {
    return { errorCode: await broker.groups.leave(request.groupId, request.memberId, null) };
  }
  const members: MemberResponse[] = [];
  for (const { memberId, groupInstanceId } of request.members) {
    const errorCode = await broker.groups.leave(request.groupId, memberId, groupInstanceId);
    members.push({ memberId, groupInstanceId, errorCode });
  }
  return { errorCode: ErrorCode.NONE, members };
});
