import type { GroupState } from '../groups/group-state.ts';
import { subscriptionOf } from '../groups/group-state.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ConsumerProtocolSubscription } from '../wire/generated/consumer-protocol-subscription.ts';
import { OffsetDelete } from '../wire/generated/offset-delete.ts';
import { defineRequest } from './define-request.ts';

// Version 0. Offsets of topics that members of the group subscribe to cannot be deleted.

export const offsetDelete = defineRequest(OffsetDelete, [0, 0], ({ groupId, topics }, { broker }) => {
  const consumers = broker.groups.consumers.get(groupId);
  const group = broker.groups.state(groupId);
  if (!group && !consumers) return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] };
  if (group && group.phase !== 'Empty' && group.protocolType !== 'consumer') {
    return { errorCode: ErrorCode.NON_EMPTY_GROUP, topics: [] };
  }

  const ofClassic = group && subscribedTopics(group);
  const isSubscribed = (topic: string) => ofClassic?.has(topic) ?? consumers?.subscribesTo(topic) ?? false;
  const deletable = topics.filter(({ name }) => !isSubscribed(name) && broker.topics.get(name));
  broker.groups.forget(
    groupId,
    deletable.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition }) => ({ topic, partition })),
    ),
  );
  const errorOf = (topic: string, partition: number) => {
    if (isSubscribed(topic)) return ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
    return broker.topics.partition(topic, partition) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  return {
    errorCode: ErrorCode.NONE,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: errorOf(name, partitionIndex),
      })),
    })),
  };
});

/** Topics its members have subscribed to, from their consumer protocol. */
function subscribedTopics(group: GroupState): Set<string> {
  const topics = new Set<string>();
  for (const member of group.members.values()) {
    try {
      const reader = new ByteReader(subscriptionOf(member, group.protocol));
      const version = Math.min(reader.int16(), 3);
      for (const topic of ConsumerProtocolSubscription.read(reader, version).topics) topics.add(topic);
    } catch {
      // Not a consumer's subscription: its topics are unknown.
    }
  }
  return topics;
}
