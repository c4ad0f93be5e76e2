import type { MemberDescription } from 'kafkajs';
import { InspectError } from './inspect-error.ts';
import { AssignerProtocol } from './kafkajs.ts';
import { isNotAllowed } from './open-broker.ts';
import type { Broker } from './open-broker.ts';
import { findOffsetsOfTopics } from './places.ts';
import { readRecords } from './read-records.ts';

/** The state of a group that the broker's classic coordinator does not have. */
const DEAD = 'Dead';

/** How far a group is behind in one partition. Offsets are 64-bit numbers, `lagSeconds` are seconds. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Null where the group has committed nothing: everything that is kept is before it. */
  readonly committed: bigint | null;
  /** Of the first record that is kept. */
  readonly first: bigint;
  readonly next: bigint;
  /** Records that retention deleted before the group had committed them: they are lost to it. */
  readonly skippedRecords: bigint;
  readonly lagRecords: bigint;
  /** Age of the oldest record that is not committed; 0 without lag, null when it could not be read. */
  lagSeconds: number | null;
}

export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: ReadonlyArray<{ readonly topic: string; readonly partition: number }>;
}

/** A group, its members, and its lag: the sum of records, and the largest number of seconds, over all partitions. */
export interface GroupDescription {
  readonly group: string;
  /** `Unknown` where the members are. */
  readonly state: string;
  /**
   * Null: the group uses the newer protocol (KIP-848). The requests of the classic one then describe it as dead, although it is
   * listed and has offsets.
   */
  readonly members: readonly GroupMember[] | null;
  readonly lagRecords: bigint;
  /** Of the partition that is furthest behind; null when none of those with lag could be read. */
  readonly lagSeconds: number | null;
  readonly skippedRecords: bigint;
  readonly partitions: readonly PartitionLag[];
}

/**
 * Names of those that are wanted, or of all.
 * @throws InspectError when there is no such group
 */
export async function findGroups({ admin }: Broker, wanted: readonly string[] = []): Promise<string[]> {
  const { groups: all } = await admin.listGroups();
  const known = all.map(({ groupId }) => groupId).sort();
  const missing = wanted.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw new InspectError('unknown', `there is no group ${missing}`, `There are: ${known.join(', ') || 'none'}.`, {
      kind: 'group',
      name: missing,
    });
  }
  return wanted.length > 0 ? [...wanted] : known;
}

/**
 * Groups that are listed, in their order, each with its members and its lag in each partition, also in those where it has committed
 * nothing. What they have in common is read once: a cluster may have thousands of topics.
 */
export async function describeGroups(
  broker: Broker,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<GroupDescription[]> {
  if (groups.length === 0) return [];
  const { admin, cluster } = broker;
  const [{ groups: descriptions }, existing, ...offsets] = await Promise.all([
    admin.describeGroups([...groups]),
    admin.listTopics(),
    ...groups.map(async (groupId) => admin.fetchOffsets({ groupId })),
  ]);
  const found = groups.map((group, index) => {
    const { state = DEAD, members = [] } = descriptions.find(({ groupId }) => groupId === group) ?? {};
    const committed = new Map(offsets[index]!.map(({ topic, partitions }) => [topic, committedOf(partitions)]));
    const topics = new Set([...committed.keys(), ...members.flatMap(subscribedTopics)]);
    return { group, state, members, committed, topics: existing.filter((topic) => topics.has(topic)).sort() };
  });
  const topics = [...new Set(found.flatMap((group) => group.topics))];
  const [starts, ends] = await Promise.all([
    findOffsetsOfTopics(cluster, topics, 'first'),
    findOffsetsOfTopics(cluster, topics, 'next'),
  ]);
  const described: GroupDescription[] = [];
  // One after the other: kafkajs opens a connection for each of the first fetches that come together, and closes one.
  for (const { group, state, members, committed, topics: own } of found) {
    const partitions = own.flatMap((topic) =>
      lagOf(topic, committed.get(topic) ?? new Map(), starts.get(topic)!, ends.get(topic)!),
    );
    // A user may see how far a group is and not read the records: their age is then not known.
    await readAges(broker, partitions, signal).catch((error: unknown) => {
      if (!isNotAllowed(error)) throw error;
    });
    described.push({
      group,
      state: state === DEAD ? 'Unknown' : state,
      members: state === DEAD ? null : members.map(memberOf),
      lagRecords: partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0n),
      skippedRecords: partitions.reduce((sum, { skippedRecords }) => sum + skippedRecords, 0n),
      lagSeconds: lagSecondsOf(partitions),
      partitions,
    });
  }
  return described;
}

/** Offsets by partition, without those in which nothing is committed. */
function committedOf(partitions: ReadonlyArray<{ readonly partition: number; readonly offset: string }>) {
  const committed = partitions.map(({ partition, offset }) => [partition, BigInt(offset)] as const);
  return new Map(committed.filter(([, offset]) => offset >= 0n));
}

/** Of every partition there is: one without a committed offset, as a topic has that was given more, lags by all it keeps. */
function lagOf(
  topic: string,
  committedOffsets: ReadonlyMap<number, bigint>,
  starts: ReadonlyMap<number, bigint>,
  ends: ReadonlyMap<number, bigint>,
): PartitionLag[] {
  const sorted = [...ends].sort(([one], [other]) => one - other);
  return sorted.map(([partition, next]) => {
    const first = starts.get(partition) ?? next;
    const committed = committedOffsets.get(partition) ?? null;
    // What retention has taken is not waited for any more, and never read.
    const skippedRecords = committed !== null && committed < first ? first - committed : 0n;
    const from = committed === null || committed < first ? first : committed;
    const lagRecords = from < next ? next - from : 0n;
    const lagSeconds = lagRecords === 0n ? 0 : null;
    return { topic, partition, committed, first, next, skippedRecords, lagRecords, lagSeconds };
  });
}

function memberOf(member: MemberDescription): GroupMember {
  const { memberId, clientId, clientHost: host } = member;
  return { memberId, clientId, host, partitions: assignedPartitions(member) };
}

function lagSecondsOf(partitions: readonly PartitionLag[]): number | null {
  const lagging = partitions.filter(({ lagRecords }) => lagRecords > 0n);
  const known = lagging.flatMap(({ lagSeconds }) => lagSeconds ?? []);
  return lagging.length > 0 && known.length === 0 ? null : Math.max(0, ...known);
}

/** A joined member announces its topics, also before it has committed anything. */
function subscribedTopics({ memberMetadata }: MemberDescription): readonly string[] {
  if (memberMetadata.length === 0) return [];
  return AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [];
}

/** None while the group rebalances. */
function assignedPartitions({ memberAssignment }: MemberDescription): Array<{ topic: string; partition: number }> {
  if (memberAssignment.length === 0) return [];
  const { assignment = {} } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
  return Object.entries(assignment)
    .flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })))
    .sort((one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition);
}

/** Reads the one record at which each lagging partition stands, or the next one that can be decoded. */
async function readAges({ cluster }: Broker, partitions: readonly PartitionLag[], signal: AbortSignal): Promise<void> {
  const lagging = partitions.filter(({ lagRecords }) => lagRecords > 0n);
  const spans = lagging.map(({ topic, partition, next, lagRecords }) => ({
    topic,
    partition,
    from: next - lagRecords,
    to: next,
  }));
  for await (const { topic, partition, time } of readRecords(cluster, spans, signal, () => undefined, {
    firstOnly: true,
  })) {
    const lag = lagging.find((one) => one.topic === topic && one.partition === partition)!;
    lag.lagSeconds = Math.max(0, Math.round((Date.now() - time.getTime()) / 100) / 10);
  }
}
