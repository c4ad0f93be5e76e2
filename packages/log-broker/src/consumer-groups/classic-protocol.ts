import { ByteReader } from '../wire/byte-reader.ts';
import { ConsumerProtocolAssignment } from '../wire/generated/consumer-protocol-assignment.ts';
import { ConsumerProtocolSubscription } from '../wire/generated/consumer-protocol-subscription.ts';
import type { Topics } from './consumer-group.ts';
import type { OwnedPartitions, ReportedPartitions } from './consumer-member.ts';

// What consumers of the classic protocol tell each other through the broker, in the encoding that all of them share: a
// version, then their subscription or assignment, which name topics by name.

/** The protocol type of consumers: members of other types have an encoding of their own, which the broker cannot read. */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

const NEWEST_VERSION = 3;

export interface ClassicSubscription {
  readonly topics: readonly string[];
  /** Empty for members that give up everything before they join, and in older versions. */
  readonly owned: ReportedPartitions;
  readonly rackId: string | null;
}

/** @throws {WireFormatError} for another encoding */
export function readSubscription(metadata: Buffer, topics: Topics): ClassicSubscription {
  const reader = new ByteReader(metadata);
  const subscription = ConsumerProtocolSubscription.read(reader, Math.min(reader.int16(), NEWEST_VERSION));
  const owned = (subscription.ownedPartitions ?? []).flatMap(({ topic = '', partitions = [] }) => {
    const topicId = topics.get(topic)?.id;
    return topicId === undefined ? [] : [{ topicId, partitions }];
  });
  return { topics: subscription.topics, owned, rackId: subscription.rackId ?? null };
}

/** The partitions in it, each with `epoch`. @throws {WireFormatError} for another encoding */
export function readAssignment(assignment: Buffer, topics: Topics, epoch: number): OwnedPartitions {
  if (assignment.length === 0) return new Map();
  const reader = new ByteReader(assignment);
  const { assignedPartitions } = ConsumerProtocolAssignment.read(reader, Math.min(reader.int16(), NEWEST_VERSION));
  const owned = new Map<string, ReadonlyMap<number, number>>();
  for (const { topic, partitions } of assignedPartitions) {
    const topicId = topics.get(topic)?.id;
    if (topicId !== undefined) owned.set(topicId, new Map(partitions.map((partition) => [partition, epoch])));
  }
  return owned;
}

/** As a member with this subscription reads it. */
export function encodeAssignment(
  all: Iterable<readonly [topicId: string, partitions: Iterable<number>]>,
  subscription: Buffer,
  topics: Topics,
): Buffer {
  const version = Math.min(subscription.readInt16BE(0), NEWEST_VERSION);
  const assignedPartitions = [...all].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions: [...partitions] }];
  });
  const head = Buffer.alloc(2);
  head.writeInt16BE(version);
  return Buffer.concat([head, ConsumerProtocolAssignment.encode(version, { assignedPartitions, userData: null })]);
}
