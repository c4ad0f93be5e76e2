/** Partitions by the id of their topic, each with the epoch in which the member got it. */
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Partitions by the id of their topic, in order. */
export type TargetPartitions = ReadonlyMap<string, readonly number[]>;

/** As a member reports the partitions that it has. */
export type ReportedPartitions = readonly { readonly topicId: string; readonly partitions: readonly number[] }[];

/**
 * - `stable`: it has what the target assignment gives it, as of its epoch;
 * - `unrevoked`: it has to give up partitions, and has not confirmed that yet;
 * - `unreleased`: it gets more partitions when other members have given them up.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased';

/** What only members of the classic protocol have. */
export interface ClassicTraits {
  readonly sessionTimeoutMs: number;
  /** Never empty: its assignment strategies, each with its subscription as `readSubscription` reads it. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/** A member of a consumer group (KIP-848). Values of it do not change: they are replaced. */
export interface ConsumerMember {
  readonly id: string;
  /** Set for static members, which keep their partitions over a restart. */
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** How long it may take to give up partitions. */
  readonly rebalanceTimeoutMs: number;
  /** Names of the topics that it subscribes to, in order. */
  readonly topics: readonly string[];
  /** It also subscribes to the topics whose names match this expression. */
  readonly regex: string | null;
  readonly assignor: string | null;
  /** Null unless it uses the classic protocol, as some members do while a group changes from one protocol to the other. */
  readonly classic: ClassicTraits | null;
  /** The assignment that it has reached. 0 before the first one, `LEFT_STATICALLY` while a static member restarts. */
  readonly epoch: number;
  /** Accepted, too: the answer that raised the epoch may have been lost. */
  readonly previousEpoch: number;
  readonly state: MemberState;
  readonly assigned: OwnedPartitions;
  /** Given up as soon as the member confirms it. */
  readonly revoking: OwnedPartitions;
}

/** Member epochs with a meaning of their own, in requests. */
export const JOINS = 0;
export const LEAVES = -1;
export const LEFT_STATICALLY = -2;

export const NO_PARTITIONS: OwnedPartitions = new Map();

export function has(partitions: OwnedPartitions, topicId: string, partition: number): boolean {
  return partitions.get(topicId)?.has(partition) === true;
}

export function hasAny(partitions: OwnedPartitions, reported: ReportedPartitions): boolean {
  return reported.some((each) => each.partitions.some((partition) => has(partitions, each.topicId, partition)));
}

/** Whether `partitions` has all that are reported. */
export function hasAll(partitions: OwnedPartitions, reported: ReportedPartitions): boolean {
  return reported.every((each) => each.partitions.every((partition) => has(partitions, each.topicId, partition)));
}

export function samePartitions(one: OwnedPartitions, other: OwnedPartitions): boolean {
  if (one === other) return true;
  if (one.size !== other.size) return false;
  for (const [topicId, partitions] of one) {
    const others = other.get(topicId);
    if (others?.size !== partitions.size) return false;
    for (const partition of partitions.keys()) if (!others.has(partition)) return false;
  }
  return true;
}
