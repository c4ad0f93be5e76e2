import {
  CONSUMER_PROTOCOL_TYPE,
  encodeAssignment,
  readAssignment,
  readSubscription,
} from '../consumer-groups/classic-protocol.ts';
import type { ConsumerGroup, Topics } from '../consumer-groups/consumer-group.ts';
import { NO_PARTITIONS } from '../consumer-groups/consumer-member.ts';
import type { ConsumerMember } from '../consumer-groups/consumer-member.ts';
import { WireFormatError } from '../wire/byte-reader.ts';
import { EMPTY_GROUP, NO_ASSIGNMENT, subscriptionOf } from './group-state.ts';
import type { GroupState, Member } from './group-state.ts';

// A group changes its protocol while it has members (KIP-848): a classic group when the first member joins by heartbeats, and
// back when the last of those has left. The others keep their partitions and learn of it by their next heartbeat.

/** The members of a classic group as those of a consumer group; undefined where the broker cannot read their subscriptions. */
export function toConsumerMembers(state: GroupState, topics: Topics): ConsumerMember[] | undefined {
  if (state.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined;
  try {
    return [...state.members.values()].map((member) => toConsumerMember(member, state, topics));
  } catch (error) {
    if (error instanceof WireFormatError) return undefined;
    throw error;
  }
}

function toConsumerMember(member: Member, { generation, protocol }: GroupState, topics: Topics): ConsumerMember {
  const { id, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = member;
  // Before the first generation the members have not agreed on a protocol.
  const metadata = protocol === null ? protocols[0]?.metadata : subscriptionOf(member, protocol);
  const subscription = readSubscription(metadata ?? NO_ASSIGNMENT, topics);
  return {
    ...{ id, instanceId, clientId, clientHost, rebalanceTimeoutMs },
    rackId: subscription.rackId,
    topics: [...new Set(subscription.topics)].sort(),
    regex: null,
    assignor: null,
    classic: { sessionTimeoutMs, protocols },
    epoch: generation,
    previousEpoch: generation,
    state: 'stable',
    assigned: readAssignment(member.assignment, topics, generation),
    revoking: NO_PARTITIONS,
  };
}

/** A consumer group, all of whose members use the classic protocol, as a classic group. */
export function toClassicGroup(group: ConsumerGroup, topics: Topics): GroupState {
  const all = [...group.members.values()];
  const shared = group.sharedProtocols();
  const protocol = all[0]?.classic?.protocols.find(({ name }) => shared?.has(name))?.name ?? null;
  const members = new Map<string, Member>();
  for (const { id, instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } of all) {
    if (!classic) continue;
    const { sessionTimeoutMs, protocols } = classic;
    const { metadata = NO_ASSIGNMENT } = protocols.find(({ name }) => name === protocol) ?? {};
    const target = group.target(id);
    members.set(id, {
      ...{ id, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols },
      assignment: metadata.length > 0 ? encodeAssignment(target, metadata, topics) : NO_ASSIGNMENT,
      awaitingJoin: null,
      awaitingSync: null,
    });
  }
  return {
    ...EMPTY_GROUP,
    phase: 'Stable',
    // The members are in this epoch, or soon would be: until they join again, what they commit is accepted.
    generation: group.targetEpoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocol,
    leader: all[0]?.id ?? null,
    members,
  };
}
