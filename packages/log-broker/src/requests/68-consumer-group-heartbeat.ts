import { randomUUID } from 'node:crypto';
import { ASSIGNORS } from '../consumer-groups/assignors.ts';
import { JOINS, LEAVES, LEFT_STATICALLY } from '../consumer-groups/consumer-member.ts';

import { Operation, ResourceType } from '../security/acl.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ConsumerGroupHeartbeat } from '../wire/generated/consumer-group-heartbeat.ts';
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from '../wire/generated/consumer-group-heartbeat.ts';
import { defineRequest } from './define-request.ts';
import type { RequestContext } from './define-request.ts';

// Versions 0 and 1. Members join, stay and leave by heartbeats (KIP-848), and get their partitions in the answers. In version 1
// they choose their ids themselves.

export const consumerGroupHeartbeat = defineRequest(ConsumerGroupHeartbeat, [0, 1], function* (request, context) {
  try {
    check(request, context.version);
    const left = leave(request, context);
    return left ?? (yield* stay(request, context));
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return { errorCode: error.code, errorMessage: error.message, memberEpoch: 0, heartbeatIntervalMs: 0 };
  }
});

function leave(
  { groupId, memberId, memberEpoch, instanceId }: ConsumerGroupHeartbeatRequest,
  { broker }: RequestContext,
): ConsumerGroupHeartbeatResponse | undefined {
  const { consumers } = broker.groups;
  if (memberEpoch === LEFT_STATICALLY) consumers.leaveStatically(groupId, memberId, instanceId ?? '');
  else if (memberEpoch === LEAVES) consumers.leave(groupId, memberId, instanceId);
  else return undefined;
  return { errorCode: ErrorCode.NONE, memberId, memberEpoch, heartbeatIntervalMs: 0 };
}

function* stay(
  request: ConsumerGroupHeartbeatRequest,
  { broker, clientId, client, access }: RequestContext,
): Steps<ConsumerGroupHeartbeatResponse> {
  const { member, assigned } = yield* broker.groups.beat(request.groupId, {
    memberId: request.memberId || randomUUID(),
    epoch: request.memberEpoch,
    instanceId: request.instanceId,
    rackId: request.rackId,
    clientId,
    clientHost: `/${client.host}`,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    topics: request.subscribedTopicNames,
    regex: request.subscribedTopicRegex,
    assignor: request.serverAssignor,
    reported: request.topicPartitions,
    classic: null,
    isVisible: (topic) => access.may(Operation.DESCRIBE, ResourceType.TOPIC, topic),
  });
  const topicPartitions = [...(assigned ?? [])].map(([topicId, all]) => ({ topicId, partitions: [...all.keys()] }));
  return {
    errorCode: ErrorCode.NONE,
    memberId: member.id,
    memberEpoch: member.epoch,
    heartbeatIntervalMs: broker.groups.consumers.heartbeatIntervalMs,
    assignment: assigned && { topicPartitions },
  };
}

/** @throws {KafkaError} INVALID_REQUEST or UNSUPPORTED_ASSIGNOR */
function check(request: ConsumerGroupHeartbeatRequest, version: number): void {
  const { memberEpoch, serverAssignor, subscribedTopicNames, subscribedTopicRegex } = request;
  const require = (isValid: boolean, message: string) => {
    if (!isValid) throw new KafkaError(ErrorCode.INVALID_REQUEST, message);
  };
  require(request.groupId.trim() !== '', "GroupId can't be empty.");
  require(request.instanceId?.trim() !== '', "InstanceId can't be empty.");
  require(request.rackId?.trim() !== '', "RackId can't be empty.");
  const mayLackId = version === 0 && memberEpoch === JOINS;
  require(mayLackId || request.memberId.trim() !== '', "MemberId can't be empty.");
  require(memberEpoch >= LEFT_STATICALLY, 'MemberEpoch is invalid.');
  if (memberEpoch === LEFT_STATICALLY) require(request.instanceId !== null, "InstanceId can't be null.");
  if (memberEpoch === JOINS) {
    require(request.rebalanceTimeoutMs >= 0, 'RebalanceTimeoutMs must be provided in first request.');
    require(request.topicPartitions?.length === 0, 'TopicPartitions must be empty when (re-)joining.');
    const subscribes = (subscribedTopicNames?.length ?? 0) > 0 || (subscribedTopicRegex ?? '') !== '';
    require(subscribes, 'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.');
  }
  if (serverAssignor !== null && !Object.hasOwn(ASSIGNORS, serverAssignor)) {
    const detail = `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${Object.keys(ASSIGNORS).join(', ')}.`;
    throw new KafkaError(ErrorCode.UNSUPPORTED_ASSIGNOR, detail);
  }
}
