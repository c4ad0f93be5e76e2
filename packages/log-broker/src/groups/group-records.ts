import { parseRecord } from '../consumer-groups/consumer-group-records.ts';
import type { ConsumerGroupRecord } from '../consumer-groups/consumer-group-records.ts';
import type { KeyedRecord } from '../topics/internal-topic.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { GroupMetadataKey } from '../wire/generated/group-metadata-key.ts';
import { GroupMetadataValue } from '../wire/generated/group-metadata-value.ts';
import { OffsetCommitKey } from '../wire/generated/offset-commit-key.ts';
import { OffsetCommitValue } from '../wire/generated/offset-commit-value.ts';
import { EMPTY_GROUP, subscriptionOf } from './group-state.ts';
import type { GroupState, Member } from './group-state.ts';

// The records of `__consumer_offsets`, in Kafka's own schemas. A key begins with its type, a value with its version; a
// null value deletes the key.

const OFFSET_COMMIT_KEY = 1;
const GROUP_METADATA_KEY = 2;
const OFFSET_COMMIT_VERSION = 3;
const GROUP_METADATA_VERSION = 3;
const KEY_SCHEMA_VERSION = 0;

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedAt: number;
}

export type GroupRecord =
  | { type: 'offset'; group: string; topic: string; partition: number; committed: CommittedOffset | null }
  | { type: 'group'; group: string; state: GroupState | null }
  | ConsumerGroupRecord;

export function offsetRecord(
  group: string,
  topic: string,
  partition: number,
  committed: CommittedOffset | null,
): KeyedRecord {
  const key = withVersion(OFFSET_COMMIT_KEY, OffsetCommitKey.encode(KEY_SCHEMA_VERSION, { group, topic, partition }));
  if (!committed) return { key, value: null };
  const { offset, leaderEpoch, metadata, committedAt } = committed;
  const value = { offset, leaderEpoch, metadata, commitTimestamp: committedAt };
  return { key, value: withVersion(OFFSET_COMMIT_VERSION, OffsetCommitValue.encode(OFFSET_COMMIT_VERSION, value)) };
}

export function groupRecord(group: string, state: GroupState | null, now: number): KeyedRecord {
  const key = withVersion(GROUP_METADATA_KEY, GroupMetadataKey.encode(KEY_SCHEMA_VERSION, { group }));
  if (!state) return { key, value: null };
  const value = GroupMetadataValue.encode(GROUP_METADATA_VERSION, {
    protocolType: state.protocolType ?? '',
    generation: state.generation,
    protocol: state.protocol,
    leader: state.leader,
    currentStateTimestamp: now,
    members: [...state.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: subscriptionOf(member, state.protocol),
      assignment: member.assignment,
    })),
  });
  return { key, value: withVersion(GROUP_METADATA_VERSION, value) };
}

function withVersion(version: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([version >> 8, version & 0xff]), body]);
}

/** Undefined for kinds of records that this broker does not write (share groups, streams groups). */
export function parseGroupRecord({ key, value }: KeyedRecord): GroupRecord | undefined {
  const reader = new ByteReader(key);
  const keyType = reader.int16();
  if (keyType === OFFSET_COMMIT_KEY || keyType === 0) {
    const { group, topic, partition } = OffsetCommitKey.read(reader, KEY_SCHEMA_VERSION);
    return { type: 'offset', group, topic, partition, committed: value && parseOffset(value) };
  }
  if (keyType === GROUP_METADATA_KEY) {
    const { group } = GroupMetadataKey.read(reader, KEY_SCHEMA_VERSION);
    return { type: 'group', group, state: value && parseGroup(value) };
  }
  return parseRecord(keyType, reader, value);
}

function parseOffset(value: Buffer): CommittedOffset {
  const reader = new ByteReader(value);
  const stored = OffsetCommitValue.read(reader, reader.int16());
  const { offset, leaderEpoch = -1, metadata, commitTimestamp } = stored;
  return { offset, leaderEpoch, metadata, committedAt: commitTimestamp };
}

function parseGroup(value: Buffer): GroupState {
  const reader = new ByteReader(value);
  const stored = GroupMetadataValue.read(reader, reader.int16());
  const members = stored.members.map((member): [string, Member] => [
    member.memberId,
    {
      id: member.memberId,
      instanceId: member.groupInstanceId ?? null,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeout,
      rebalanceTimeoutMs: member.rebalanceTimeout ?? member.sessionTimeout,
      protocols: [{ name: stored.protocol ?? '', metadata: Buffer.from(member.subscription) }],
      assignment: Buffer.from(member.assignment),
      awaitingJoin: null,
      awaitingSync: null,
    },
  ]);
  return {
    ...EMPTY_GROUP,
    phase: members.length > 0 ? 'Stable' : 'Empty',
    generation: stored.generation,
    protocolType: stored.protocolType || null,
    protocol: stored.protocol,
    leader: stored.leader,
    members: new Map(members),
  };
}
