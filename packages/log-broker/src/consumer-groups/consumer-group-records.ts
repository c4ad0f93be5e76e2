import type { KeyedRecord } from '../topics/internal-topic.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ConsumerGroupCurrentMemberAssignmentKey } from '../wire/generated/consumer-group-current-member-assignment-key.ts';
import { ConsumerGroupCurrentMemberAssignmentValue } from '../wire/generated/consumer-group-current-member-assignment-value.ts';
import { ConsumerGroupMemberMetadataKey } from '../wire/generated/consumer-group-member-metadata-key.ts';
import { ConsumerGroupMemberMetadataValue } from '../wire/generated/consumer-group-member-metadata-value.ts';
import { ConsumerGroupMetadataKey } from '../wire/generated/consumer-group-metadata-key.ts';
import { ConsumerGroupMetadataValue } from '../wire/generated/consumer-group-metadata-value.ts';
import { ConsumerGroupRegularExpressionKey } from '../wire/generated/consumer-group-regular-expression-key.ts';
import { ConsumerGroupRegularExpressionValue } from '../wire/generated/consumer-group-regular-expression-value.ts';
import { ConsumerGroupTargetAssignmentMemberKey } from '../wire/generated/consumer-group-target-assignment-member-key.ts';
import { ConsumerGroupTargetAssignmentMemberValue } from '../wire/generated/consumer-group-target-assignment-member-value.ts';
import { ConsumerGroupTargetAssignmentMetadataKey } from '../wire/generated/consumer-group-target-assignment-metadata-key.ts';
import { ConsumerGroupTargetAssignmentMetadataValue } from '../wire/generated/consumer-group-target-assignment-metadata-value.ts';
import type { MessageCodec } from '../wire/message-schema.ts';
import { NO_PARTITIONS } from './consumer-member.ts';
import type {
  ClassicTraits,
  ConsumerMember,
  MemberState,
  OwnedPartitions,
  TargetPartitions,
} from './consumer-member.ts';

// The records of consumer groups in `__consumer_offsets`, in Kafka's own schemas: an Apache Kafka that uses the folder finds
// the groups with their members. A key begins with its type, a value with its version; a null value deletes the key.

const VERSION = 0;

const GROUP = 3;
const MEMBER = 5;
const TARGET_EPOCH = 6;
const TARGET = 7;
const CURRENT = 8;
const MATCHES = 16;

/** As Kafka stores them. */
const STATES: Readonly<Record<MemberState, number>> = { stable: 0, unrevoked: 1, unreleased: 2 };

type MemberMetadata = Pick<
  ConsumerMember,
  | 'instanceId'
  | 'rackId'
  | 'clientId'
  | 'clientHost'
  | 'rebalanceTimeoutMs'
  | 'topics'
  | 'regex'
  | 'assignor'
  | 'classic'
>;
type MemberProgress = Pick<ConsumerMember, 'epoch' | 'previousEpoch' | 'state' | 'assigned' | 'revoking'>;

/** Null where the key has been deleted. */
export type ConsumerGroupRecord =
  | { type: 'consumer group'; group: string; value: { epoch: number; topicsHash: number } | null }
  | { type: 'target epoch'; group: string; value: { epoch: number } | null }
  | { type: 'member'; group: string; member: string; value: MemberMetadata | null }
  | { type: 'target'; group: string; member: string; value: TargetPartitions | null }
  | { type: 'matches'; group: string; regex: string; value: { topics: ReadonlySet<string>; version: number } | null }
  | { type: 'current'; group: string; member: string; value: MemberProgress | null };

export function encodeRecord(record: ConsumerGroupRecord): KeyedRecord {
  const { group: groupId } = record;
  if (record.type === 'consumer group') {
    const key = prefixed(GROUP, ConsumerGroupMetadataKey, { groupId });
    if (!record.value) return { key, value: null };
    const { epoch, topicsHash: metadataHash } = record.value;
    return { key, value: prefixed(VERSION, ConsumerGroupMetadataValue, { epoch, metadataHash }) };
  }
  if (record.type === 'target epoch') {
    const key = prefixed(TARGET_EPOCH, ConsumerGroupTargetAssignmentMetadataKey, { groupId });
    if (!record.value) return { key, value: null };
    const value = { assignmentEpoch: record.value.epoch, assignmentTimestamp: Date.now() };
    return { key, value: prefixed(VERSION, ConsumerGroupTargetAssignmentMetadataValue, value) };
  }
  if (record.type === 'matches') {
    const key = prefixed(MATCHES, ConsumerGroupRegularExpressionKey, { groupId, regularExpression: record.regex });
    if (!record.value) return { key, value: null };
    const { topics, version } = record.value;
    const value = { topics: [...topics], version, timestamp: Date.now() };
    return { key, value: prefixed(VERSION, ConsumerGroupRegularExpressionValue, value) };
  }
  const ids = { groupId, memberId: record.member };
  if (record.type === 'member') {
    const key = prefixed(MEMBER, ConsumerGroupMemberMetadataKey, ids);
    if (!record.value) return { key, value: null };
    const { topics, regex, assignor, classic, ...same } = record.value;
    const subscription = { subscribedTopicNames: [...topics], subscribedTopicRegex: regex };
    const classicMemberMetadata = classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: [...classic.protocols],
    };
    const value = { ...same, ...subscription, serverAssignor: assignor, classicMemberMetadata };
    return { key, value: prefixed(VERSION, ConsumerGroupMemberMetadataValue, value) };
  }
  if (record.type === 'target') {
    const key = prefixed(TARGET, ConsumerGroupTargetAssignmentMemberKey, ids);
    if (!record.value) return { key, value: null };
    const topicPartitions = [...record.value].map(([topicId, all]) => ({ topicId, partitions: [...all] }));
    return { key, value: prefixed(VERSION, ConsumerGroupTargetAssignmentMemberValue, { topicPartitions }) };
  }
  const key = prefixed(CURRENT, ConsumerGroupCurrentMemberAssignmentKey, ids);
  if (!record.value) return { key, value: null };
  const { epoch, previousEpoch, state, assigned, revoking } = record.value;
  const value = {
    memberEpoch: epoch,
    previousMemberEpoch: previousEpoch,
    state: STATES[state],
    assignedPartitions: storedPartitions(assigned),
    partitionsPendingRevocation: storedPartitions(revoking),
  };
  return { key, value: prefixed(VERSION, ConsumerGroupCurrentMemberAssignmentValue, value) };
}

/** Undefined for a record of another kind. `keyType` and `key`: what the key begins with, and the rest of it. */
export function parseRecord(keyType: number, key: ByteReader, value: Buffer | null): ConsumerGroupRecord | undefined {
  if (keyType === GROUP) {
    const { groupId } = ConsumerGroupMetadataKey.read(key, VERSION);
    const stored = value && body(ConsumerGroupMetadataValue, value);
    return {
      type: 'consumer group',
      group: groupId,
      value: stored && { epoch: stored.epoch, topicsHash: stored.metadataHash ?? 0 },
    };
  }
  if (keyType === TARGET_EPOCH) {
    const { groupId } = ConsumerGroupTargetAssignmentMetadataKey.read(key, VERSION);
    const stored = value && body(ConsumerGroupTargetAssignmentMetadataValue, value);
    return { type: 'target epoch', group: groupId, value: stored && { epoch: stored.assignmentEpoch } };
  }
  if (keyType === MEMBER) {
    const { groupId: group, memberId: member } = ConsumerGroupMemberMetadataKey.read(key, VERSION);
    return { type: 'member', group, member, value: value && metadataIn(value) };
  }
  if (keyType === TARGET) {
    const { groupId: group, memberId: member } = ConsumerGroupTargetAssignmentMemberKey.read(key, VERSION);
    const stored = value && body(ConsumerGroupTargetAssignmentMemberValue, value);
    const partitions = stored && new Map(stored.topicPartitions.map((each) => [each.topicId, each.partitions]));
    return { type: 'target', group, member, value: partitions };
  }
  if (keyType === MATCHES) {
    const { groupId: group, regularExpression: regex } = ConsumerGroupRegularExpressionKey.read(key, VERSION);
    const stored = value && body(ConsumerGroupRegularExpressionValue, value);
    return {
      type: 'matches',
      group,
      regex,
      value: stored && { topics: new Set(stored.topics), version: stored.version },
    };
  }
  if (keyType === CURRENT) {
    const { groupId: group, memberId: member } = ConsumerGroupCurrentMemberAssignmentKey.read(key, VERSION);
    return { type: 'current', group, member, value: value && progressIn(value) };
  }
  return undefined;
}

function metadataIn(value: Buffer): MemberMetadata {
  const stored = body(ConsumerGroupMemberMetadataValue, value);
  return {
    instanceId: stored.instanceId,
    rackId: stored.rackId,
    clientId: stored.clientId,
    clientHost: stored.clientHost,
    rebalanceTimeoutMs: stored.rebalanceTimeoutMs ?? -1,
    topics: stored.subscribedTopicNames.toSorted(),
    regex: stored.subscribedTopicRegex || null,
    assignor: stored.serverAssignor,
    classic: classicTraitsIn(stored),
  };
}

function classicTraitsIn({ classicMemberMetadata: stored }: ConsumerGroupMemberMetadataValue): ClassicTraits | null {
  if (!stored) return null;
  // Copied: the values are views of a batch of the log.
  const protocols = stored.supportedProtocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) }));
  return { sessionTimeoutMs: stored.sessionTimeoutMs, protocols };
}

function progressIn(value: Buffer): MemberProgress {
  const stored = body(ConsumerGroupCurrentMemberAssignmentValue, value);
  const state = (Object.keys(STATES) as MemberState[]).find((each) => STATES[each] === stored.state) ?? 'stable';
  const { memberEpoch: epoch, previousMemberEpoch: previousEpoch } = stored;
  const restore = (all: readonly StoredPartitions[]): OwnedPartitions =>
    all.length === 0 ? NO_PARTITIONS : new Map(all.map((each) => [each.topicId, withEpochs(each, epoch)]));
  const assigned = restore(stored.assignedPartitions);
  return { epoch, previousEpoch, state, assigned, revoking: restore(stored.partitionsPendingRevocation) };
}

interface StoredPartitions {
  readonly topicId: string;
  readonly partitions: number[];
  readonly assignmentEpochs?: number[] | null;
}

/** Before Kafka 4.3 there were no epochs: then those of the member are taken. */
function withEpochs({ partitions, assignmentEpochs }: StoredPartitions, epoch: number): Map<number, number> {
  return new Map(partitions.map((partition, at) => [partition, assignmentEpochs?.[at] ?? epoch]));
}

function storedPartitions(all: OwnedPartitions) {
  return [...all].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()],
    assignmentEpochs: [...partitions.values()],
  }));
}

function prefixed<T>(number: number, codec: MessageCodec<T>, content: T): Buffer {
  return Buffer.concat([Buffer.from([number >> 8, number & 0xff]), codec.encode(VERSION, content)]);
}

function body<T>(codec: MessageCodec<T>, value: Buffer): T {
  const reader = new ByteReader(value);
  return codec.read(reader, reader.int16());
}
