import { Heartbeat } from '../wire/generated/heartbeat.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 4: 3 adds static members. REBALANCE_IN_PROGRESS makes the member join again.

export const heartbeat = defineRequest(Heartbeat, [0, 4], async (request, { broker }) => ({
  errorCode: await broker.groups.heartbeat(request.groupId, {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generation: request.generationId,
  }),
}));
