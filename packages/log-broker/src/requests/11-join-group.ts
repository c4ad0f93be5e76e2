import { SESSION_TIMEOUT_MAX_MS } from '../limits.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { JoinGroup } from '../wire/generated/join-group.ts';
import type { JoinGroupRequest, JoinGroupResponse } from '../wire/generated/join-group.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 9: 1 adds the rebalance time-out, 4 the second join with the given id (KIP-394), 5 static members, 7 the
// protocol type in the answer, 9 lets a static leader skip the assignment. Answered when the generation has formed.

const FIRST_WITH_REBALANCE_TIMEOUT = 1;
const FIRST_WITH_CONFIRMED_ID = 4;

export const joinGroup = defineRequest(JoinGroup, [0, 9], async (request, { broker, version, clientId, client }) => {
  const refusal = check(request, broker.options.sessionTimeoutMinMs);
  if (refusal !== ErrorCode.NONE) return refused(refusal, request.memberId);
  const answer = await broker.groups.join(request.groupId, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    mustConfirmId: version >= FIRST_WITH_CONFIRMED_ID,
    clientId,
    clientHost: `/${client.host}`,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutOf(request, version),
    protocolType: request.protocolType,
    // Copied: the value is a view of the whole request.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
  });
  return {
    errorCode: answer.errorCode,
    generationId: answer.generation,
    protocolType: answer.protocolType,
    // Before version 7 the name could not be null.
    protocolName: answer.protocol ?? (version >= 7 ? null : ''),
    leader: answer.leader,
    skipAssignment: false,
    memberId: answer.memberId,
    members: answer.members.map(({ id, instanceId, metadata }) => ({
      memberId: id,
      groupInstanceId: instanceId,
      metadata,
    })),
  };
});

function check({ groupId, sessionTimeoutMs }: JoinGroupRequest, sessionTimeoutMinMs: number): number {
  if (groupId === '') return ErrorCode.INVALID_GROUP_ID;
  if (sessionTimeoutMs < sessionTimeoutMinMs || sessionTimeoutMs > SESSION_TIMEOUT_MAX_MS) {
    return ErrorCode.INVALID_SESSION_TIMEOUT;
  }
  return ErrorCode.NONE;
}

/** Older versions have none, and some clients send zero: then the session time-out is used. */
function rebalanceTimeoutOf({ rebalanceTimeoutMs, sessionTimeoutMs }: JoinGroupRequest, version: number): number {
  const isGiven = version >= FIRST_WITH_REBALANCE_TIMEOUT && rebalanceTimeoutMs > 0;
  return isGiven ? rebalanceTimeoutMs : sessionTimeoutMs;
}

function refused(errorCode: number, memberId: string): JoinGroupResponse {
  return { errorCode, generationId: -1, protocolType: null, protocolName: '', leader: '', memberId, members: [] };
}
