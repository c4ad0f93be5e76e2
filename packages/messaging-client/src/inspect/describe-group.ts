import type { MemberDescription } from 'kafkajs';
import { InspectError } from './inspect-error.ts';
import { AssignerProtocol } from './kafkajs.ts';
import { isNotAllowed } from './open-broker.ts';
import type { Broker } from './open-broker.ts';
import { findEnds } from './places.ts';
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

/** A group that is listed, with its members and its lag in each partition, also in those where it has committed nothing. */
export async function describeGroup(broker: Broker, group: string, signal: AbortSignal): Promise<GroupDescription> {
  const { admin } = broker;
  const [{ groups: descriptions }, offsets] = await Promise.all([
    admin.describeGroups([group]),
    admin.fetchOffsets({ groupId: group }),
  ]);
  const { state = DEAD, members = [] } = descriptions[0] ?? {};
  const topics = new Set([...offsets.map(({ topic }) => topic), ...members.flatMap(subscribedTopics)]);
  const existing = new Set(await admin.listTopics());
  const partitions: PartitionLag[] = [];
  for (const topic of [...topics].filter((name) => existing.has(name)).sort()) {
    const ofTopic = offsets.find((one) => one.topic === topic)?.partitions ?? [];
    // Every partition there is: one without a committed offset, as a topic has that was given more, lags by all it keeps.
    for (const { partition, first, next } of await findEnds(admin, topic)) {
      const offset = BigInt(ofTopic.find((one) => one.partition === partition)?.offset ?? -1);
      const committed = offset < 0n ? null : offset;
      // What retention has taken is not waited for any more, and never read.
      const skippedRecords = committed !== null && committed < first ? first - committed : 0n;
      const from = committed === null || committed < first ? first : committed;
      const lagRecords = from < next ? next - from : 0n;
      const lagSeconds = lagRecords === 0n ? 0 : null;
      partitions.push({ topic, partition, committed, first, next, skippedRecords, lagRecords, lagSeconds });
    }
  }
  // A user may see how far a group is and not read the records: their age is then not known.
  await readAges(broker, partitions, signal).catch((error: unknown) => {
    if (!isNotAllowed(error)) throw error;
  });
  return {
    group,
    state: state === DEAD ? 'Unknown' : state,
    members: state === DEAD ? null : members.map(memberOf),
    lagRecords: partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0n),
    skippedRecords: partitions.reduce((sum, { skippedRecords }) => sum + skippedRecords, 0n),
    lagSeconds: lagSecondsOf(partitions),
    partitions,
  };
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
