import { createHash } from 'node:crypto';
import { GROUP_MEMBERS_MAX } from '../limits.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ASSIGNORS, assignUniformly, DEFAULT_ASSIGNOR } from './assignors.ts';
import type { ConsumerGroupRecord } from './consumer-group-records.ts';
import { has, hasAll, JOINS, LEFT_STATICALLY, NO_PARTITIONS, samePartitions } from './consumer-member.ts';
import type {
  ClassicTraits,
  ConsumerMember,
  OwnedPartitions,
  ReportedPartitions,
  TargetPartitions,
} from './consumer-member.ts';
import { compileExpression } from '../linear-regex.ts';
import { reconcile } from './reconcile.ts';

/** The topics that exist. */
export interface Topics {
  /** Changes whenever a topic or a partition is added or deleted. */
  readonly version: number;
  get(name: string): { readonly id: string; readonly partitions: readonly unknown[] } | undefined;
  all(): readonly { readonly name: string }[];
  byId(id: string): { readonly name: string; readonly partitions: readonly unknown[] } | undefined;
}

/**
 * A heartbeat of a member that joins or stays, or the join of a member of the classic protocol. What is null has not changed
 * since the last one.
 */
export interface Beat {
  readonly memberId: string;
  /** 0 to join. */
  readonly epoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Below zero if unchanged. */
  readonly rebalanceTimeoutMs: number;
  readonly topics: readonly string[] | null;
  readonly regex: string | null;
  readonly assignor: string | null;
  readonly reported: ReportedPartitions | null;
  /** Null for a heartbeat. */
  readonly classic: ClassicTraits | null;
  /** Whether the client may see a topic that matches its expression. */
  readonly isVisible: (topic: string) => boolean;
}

/** What a member is told after a heartbeat. */
export interface BeatAnswer {
  readonly member: ConsumerMember;
  /** Null when it has not changed. */
  readonly assigned: OwnedPartitions | null;
  /** Whether this heartbeat has changed its partitions or its epoch. */
  readonly hasMoved: boolean;
}

export type ConsumerGroupPhase = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

/**
 * A consumer group (KIP-848): members send heartbeats, the broker decides who gets which partitions, and moves each member
 * there by a step at a heartbeat. Every change of members, subscriptions or topics is an epoch of the group; each epoch gets
 * a target assignment. Behaviour follows Kafka's GroupMetadataManager. No clock, no timer, no disk: `takeChanges` returns
 * what has to be written.
 */
export class ConsumerGroup {
  readonly id: string;
  epoch = 0;
  targetEpoch = 0;
  readonly members = new Map<string, ConsumerMember>();
  private readonly targets = new Map<string, TargetPartitions>();
  /** Members by instance id. */
  private readonly instances = new Map<string, string>();
  /** Who has a partition, or has not confirmed yet that it has given it up; by topic id. */
  private readonly owners = new Map<string, Map<number, string>>();
  /** Of the topics that its members subscribe to: their ids and numbers of partitions. */
  private topicsHash = 0;
  private topicsSeen = -1;
  /** Names of existing topics, by the regular expression that they match. Restored ones are of another version. */
  private readonly matches = new Map<string, { readonly topics: ReadonlySet<string>; readonly version: number }>();
  private readonly changes: ConsumerGroupRecord[] = [];
  /** Subscriptions and assignments of its members, roughly. */
  heldBytes = 0;
  private isAssigning = false;

  constructor(id: string) {
    this.id = id;
  }

  get phase(): ConsumerGroupPhase {
    if (this.members.size === 0) return 'Empty';
    if (this.epoch > this.targetEpoch) return 'Assigning';
    for (const { state, epoch } of this.members.values()) {
      if (state !== 'stable' || epoch !== this.targetEpoch) return 'Reconciling';
    }
    return 'Stable';
  }

  /** The assignor that most members want. */
  get assignor(): string {
    const votes = new Map<string, number>();
    for (const { assignor } of this.members.values()) {
      if (assignor !== null) votes.set(assignor, (votes.get(assignor) ?? 0) + 1);
    }
    let chosen = DEFAULT_ASSIGNOR;
    for (const [assignor, count] of votes) if (count > (votes.get(chosen) ?? 0)) chosen = assignor;
    return chosen;
  }

  target(memberId: string): TargetPartitions {
    return this.targets.get(memberId) ?? new Map();
  }

  memberOfInstance(instanceId: string): ConsumerMember | undefined {
    return this.members.get(this.instances.get(instanceId) ?? '');
  }

  subscribesTo(topic: string): boolean {
    for (const { topics, regex } of this.members.values()) {
      if (topics.includes(topic) || (regex !== null && this.matches.get(regex)?.topics.has(topic))) return true;
    }
    return false;
  }

  get hasChanges(): boolean {
    return this.changes.length > 0;
  }

  /** The oldest changes that have not been taken, to be written in this order. */
  takeChanges(count: number): ConsumerGroupRecord[] {
    return this.changes.splice(0, count);
  }

  /**
   * One heartbeat. Every heartbeat moves its own member only; others follow with theirs.
   *
   * @throws {KafkaError} UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID,
   * GROUP_MAX_SIZE_REACHED, INVALID_REGULAR_EXPRESSION
   */
  *beat(beat: Beat, topics: Topics): Steps<BeatAnswer> {
    const regex = beat.regex ?? this.members.get(beat.memberId)?.regex;
    if (regex) yield* this.match(regex, topics, beat.isVisible);
    const known = this.admit(beat);
    const updated = update(known ?? newMember(beat), beat);
    const hasNewSubscription = !known || !sameSubscription(known, updated);
    if (!known || !sameMetadata(known, updated)) {
      this.changes.push({ type: 'member', group: this.id, member: updated.id, value: updated });
    }
    this.put(updated);
    if (hasNewSubscription) this.dropUnusedMatches();
    this.noteTopics(topics, hasNewSubscription);
    // A member without any target has nothing to begin with.
    while (this.isAssigning && this.targetEpoch === 0) yield;
    if (this.epoch > this.targetEpoch && !this.isAssigning) yield* this.assign(topics);

    // The target may have taken several turns.
    const current = this.members.get(updated.id);
    if (!current) throw unknownMember(updated.id);
    const target = { epoch: this.targetEpoch, partitions: this.target(current.id) };
    let subscribed: ReadonlySet<string> | undefined;
    const next = reconcile(current, target, {
      isSubscribed: (topicId) => {
        subscribed ??= new Set(this.topicsOf(current));
        return subscribed.has(topics.byId(topicId)?.name ?? '');
      },
      isTaken: (topicId, partition) => {
        const owner = this.owners.get(topicId)?.get(partition);
        return owner !== undefined && owner !== current.id;
      },
      reported: beat.reported,
      hasNewSubscription,
    });
    if (next !== current || !known) {
      this.put(next);
      this.changes.push({ type: 'current', group: this.id, member: next.id, value: next });
    }
    const hasSubscription = beat.topics !== null || beat.regex !== null;
    const isFullRequest = beat.rebalanceTimeoutMs >= 0 && beat.reported !== null && hasSubscription;
    const hasChanged = !samePartitions(known?.assigned ?? NO_PARTITIONS, next.assigned);
    const assigned = beat.epoch === JOINS || isFullRequest || hasChanged ? next.assigned : null;
    return { member: next, assigned, hasMoved: next !== current };
  }

  /** The member that the heartbeat is of; undefined for a new one. */
  private admit(beat: Beat): ConsumerMember | undefined {
    const { memberId, instanceId, epoch } = beat;
    if (instanceId !== null) return this.admitInstance(beat, instanceId);
    const member = this.members.get(memberId);
    if (epoch !== JOINS) {
      if (!member) throw unknownMember(memberId);
      checkEpoch(member, beat);
    } else if (!member) {
      this.checkSize();
    }
    return member;
  }

  private admitInstance(beat: Beat, instanceId: string): ConsumerMember | undefined {
    const { memberId, epoch } = beat;
    const member = this.memberOfInstance(instanceId);
    if (epoch !== JOINS) {
      if (!member) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
      this.checkInstance(member, memberId);
      checkEpoch(member, beat);
      return member;
    }
    if (!member) {
      this.checkSize();
      return undefined;
    }
    if (member.id === memberId) return member;
    // Members of the classic protocol do not leave when they restart.
    const usesHeartbeats = member.classic === null && beat.classic === null;
    if (usesHeartbeats && member.epoch !== LEFT_STATICALLY) {
      const detail = `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by member ${member.id}.`;
      throw new KafkaError(ErrorCode.UNRELEASED_INSTANCE_ID, detail);
    }
    return this.replace(member, memberId);
  }

  /** @throws {KafkaError} FENCED_INSTANCE_ID when another member has taken over the instance */
  private checkInstance(member: ConsumerMember, memberId: string): void {
    if (member.id === memberId) return;
    const detail = `Static member ${memberId} with instance id ${member.instanceId} was fenced by member ${member.id}.`;
    throw new KafkaError(ErrorCode.FENCED_INSTANCE_ID, detail);
  }

  private checkSize(): void {
    if (this.members.size < GROUP_MEMBERS_MAX) return;
    const detail = `The consumer group has reached its maximum capacity of ${GROUP_MEMBERS_MAX} members.`;
    throw new KafkaError(ErrorCode.GROUP_MAX_SIZE_REACHED, detail);
  }

  /** A static member has returned as a new process, and gets what it had. */
  private replace(old: ConsumerMember, id: string): ConsumerMember {
    const target = this.target(old.id);
    this.drop(old);
    const member = { ...old, id, epoch: JOINS, previousEpoch: JOINS };
    this.targets.set(id, target);
    this.put(member);
    this.changes.push(
      { type: 'member', group: this.id, member: id, value: member },
      { type: 'target', group: this.id, member: id, value: target },
      { type: 'current', group: this.id, member: id, value: member },
    );
    return member;
  }

  /** A static member that restarts: its partitions are kept until its session ends. @throws {KafkaError} as `beat` */
  leaveStatically(memberId: string, instanceId: string): void {
    const member = this.memberOfInstance(instanceId);
    if (!member) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
    this.checkInstance(member, memberId);
    const left = { ...member, epoch: LEFT_STATICALLY, previousEpoch: LEFT_STATICALLY, revoking: NO_PARTITIONS };
    this.put(left);
    this.changes.push({ type: 'current', group: this.id, member: left.id, value: left });
  }

  /** @throws {KafkaError} as `beat` */
  leave(memberId: string, instanceId: string | null): void {
    if (instanceId !== null) {
      const member = this.memberOfInstance(instanceId);
      if (!member) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
      this.checkInstance(member, memberId);
    }
    if (!this.members.has(memberId)) throw unknownMember(memberId);
    this.remove(memberId);
  }

  /** Its partitions are shared among the others with the next heartbeat of one of them. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (!member) return;
    this.drop(member);
    if (member.regex !== null) this.dropUnusedMatches();
    this.bump();
  }

  private drop(member: ConsumerMember): void {
    this.forget(member);
    this.targets.delete(member.id);
    for (const type of ['current', 'target', 'member'] as const) {
      this.changes.push({ type, group: this.id, member: member.id, value: null });
    }
  }

  private forget(member: ConsumerMember): void {
    this.release(member);
    this.heldBytes -= bytesOf(member);
    this.members.delete(member.id);
    if (member.instanceId !== null && this.instances.get(member.instanceId) === member.id) {
      this.instances.delete(member.instanceId);
    }
  }

  /** Why a member may not commit the offset of a partition, or NONE. */
  checkCommit(memberId: string, epoch: number): number | ((topicId: string, partition: number) => number) {
    if (epoch < 0 && this.members.size === 0) return ErrorCode.NONE;
    const member = this.members.get(memberId);
    if (!member) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (epoch === member.epoch) return ErrorCode.NONE;
    if (member.classic) return ErrorCode.ILLEGAL_GENERATION;
    if (epoch > member.epoch) return ErrorCode.STALE_MEMBER_EPOCH;
    // It does not know its new epoch yet. What it has had since then is its own.
    return (topicId, partition) => {
      const since = member.assigned.get(topicId)?.get(partition) ?? member.revoking.get(topicId)?.get(partition);
      return since !== undefined && since <= epoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    };
  }

  /** Why a member may not read committed offsets, or NONE. */
  checkFetch(memberId: string | null, epoch: number): number {
    if (memberId === null && epoch < 0) return ErrorCode.NONE;
    const member = this.members.get(memberId ?? '');
    if (!member) return ErrorCode.UNKNOWN_MEMBER_ID;
    return epoch === member.epoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
  }

  /** Whether all its members use the classic protocol: then it is to become a classic group. */
  get isClassic(): boolean {
    for (const { classic } of this.members.values()) if (!classic) return false;
    return this.members.size > 0;
  }

  /** Whether a partition that the member is to get is still another one's. */
  isWaiting({ id, assigned }: ConsumerMember): boolean {
    for (const [topicId, partitions] of this.target(id)) {
      const owners = this.owners.get(topicId);
      for (const partition of partitions) {
        if (!has(assigned, topicId, partition) && owners?.has(partition) && owners.get(partition) !== id) return true;
      }
    }
    return false;
  }

  /** The strategies that all members of the classic protocol have, but for one member. Undefined when there are no others. */
  sharedProtocols(exceptFor?: string): ReadonlySet<string> | undefined {
    let shared: Set<string> | undefined;
    for (const { id, classic } of this.members.values()) {
      if (!classic || id === exceptFor) continue;
      const names = classic.protocols.map(({ name }) => name);
      const before = shared;
      shared = new Set(before ? names.filter((name) => before.has(name)) : names);
    }
    return shared;
  }

  /** Takes over the members of a classic group, with the partitions that they have. */
  adopt(epoch: number, members: readonly ConsumerMember[]): void {
    this.epoch = epoch;
    this.targetEpoch = epoch;
    for (const member of members) {
      this.put(member);
      const partitions = [...member.assigned].map(([topicId, owned]) => [topicId, [...owned.keys()]] as const);
      if (partitions.length > 0) this.targets.set(member.id, new Map(partitions));
    }
  }

  /** Deletes all that `records` returns. */
  *deletions(): Generator<ConsumerGroupRecord> {
    for (const record of this.records()) yield { ...record, value: null };
  }

  /** Finds the topics that match, unless they are known. @throws {KafkaError} INVALID_REGULAR_EXPRESSION */
  private *match(regex: string, topics: Topics, isVisible: (topic: string) => boolean): Steps<void> {
    const { version } = topics;
    const before = this.matches.get(regex);
    if (before?.version === version) return;
    const expression = compileExpression(regex);
    const found = new Set<string>();
    for (const { name } of topics.all()) {
      if (expression.matches(name) && isVisible(name)) found.add(name);
      yield;
    }
    const value = { topics: found, version };
    this.matches.set(regex, value);
    if (before && sameNames(before.topics, found)) return;
    this.changes.push({ type: 'matches', group: this.id, regex, value });
    // The heartbeat compares the topics of the group again.
    this.topicsSeen = -1;
  }

  private dropUnusedMatches(): void {
    if (this.matches.size === 0) return;
    const used = new Set<string | null>();
    for (const member of this.members.values()) used.add(member.regex);
    for (const regex of this.matches.keys()) {
      if (used.has(regex)) continue;
      this.matches.delete(regex);
      this.changes.push({ type: 'matches', group: this.id, regex, value: null });
    }
  }

  /** Applies a record that has been read. */
  restore(record: ConsumerGroupRecord): void {
    if (record.type === 'matches') {
      if (record.value) this.matches.set(record.regex, { ...record.value, version: -1 });
      else this.matches.delete(record.regex);
    } else if (record.type === 'consumer group') {
      this.epoch = record.value?.epoch ?? this.epoch;
      this.topicsHash = record.value?.topicsHash ?? this.topicsHash;
    } else if (record.type === 'target epoch') {
      this.targetEpoch = record.value?.epoch ?? this.targetEpoch;
    } else if (record.type === 'target') {
      if (record.value) this.targets.set(record.member, record.value);
      else this.targets.delete(record.member);
    } else {
      const member = this.members.get(record.member);
      if (record.value) {
        this.put({ ...(member ?? emptyMember(record.member)), ...record.value });
      } else if (member && record.type === 'member') {
        this.forget(member);
      }
    }
  }

  /** All that is needed to restore it. */
  *records(): Generator<ConsumerGroupRecord> {
    const group = this.id;
    for (const value of this.members.values()) yield { type: 'member', group, member: value.id, value };
    const { epoch, topicsHash } = this;
    yield { type: 'consumer group', group, value: { epoch, topicsHash } };
    for (const [regex, value] of this.matches) yield { type: 'matches', group, regex, value };
    for (const [member, value] of this.targets) yield { type: 'target', group, member, value };
    yield { type: 'target epoch', group, value: { epoch: this.targetEpoch } };
    for (const value of this.members.values()) yield { type: 'current', group, member: value.id, value };
  }

  private put(member: ConsumerMember): void {
    const before = this.members.get(member.id);
    const hasSame = before?.assigned === member.assigned && before.revoking === member.revoking;
    if (before && !hasSame) this.release(before);
    this.heldBytes += bytesOf(member) - (before ? bytesOf(before) : 0);
    this.members.set(member.id, member);
    if (member.instanceId !== null) this.instances.set(member.instanceId, member.id);
    if (hasSame) return;
    for (const partitions of [member.assigned, member.revoking]) {
      for (const [topicId, owned] of partitions) {
        let owners = this.owners.get(topicId);
        if (!owners) this.owners.set(topicId, (owners = new Map()));
        for (const partition of owned.keys()) owners.set(partition, member.id);
      }
    }
  }

  private release(member: ConsumerMember): void {
    for (const partitions of [member.assigned, member.revoking]) {
      for (const [topicId, owned] of partitions) {
        const owners = this.owners.get(topicId);
        for (const partition of owned.keys()) {
          if (owners?.get(partition) === member.id) owners.delete(partition);
        }
        if (owners?.size === 0) this.owners.delete(topicId);
      }
    }
  }

  /** Begins an epoch when a subscription, or the topics that the group subscribes to, have changed. */
  private noteTopics(topics: Topics, hasNewSubscription: boolean): void {
    if (!hasNewSubscription && this.topicsSeen === topics.version) return;
    this.topicsSeen = topics.version;
    const before = this.topicsHash;
    this.topicsHash = this.hashTopics(topics);
    if (hasNewSubscription || this.topicsHash !== before) this.bump();
  }

  private bump(): void {
    this.epoch++;
    const { epoch, topicsHash } = this;
    this.changes.push({ type: 'consumer group', group: this.id, value: { epoch, topicsHash } });
  }

  private hashTopics(topics: Topics): number {
    const names = new Set<string>();
    for (const member of this.members.values()) for (const name of this.topicsOf(member)) names.add(name);
    const hash = createHash('sha256');
    for (const name of [...names].sort()) {
      const topic = topics.get(name);
      if (topic) hash.update(`${topic.id} ${topic.partitions.length}\n`);
    }
    return hash.digest().readUIntBE(0, HASH_BYTES);
  }

  private topicsOf({ topics, regex }: ConsumerMember): Iterable<string> {
    const matching = regex === null ? undefined : this.matches.get(regex)?.topics;
    return matching && matching.size > 0 ? new Set([...topics, ...matching]) : topics;
  }

  private *assign(topics: Topics): Steps<void> {
    this.isAssigning = true;
    try {
      const { epoch } = this;
      const subscribers = [];
      for (const member of this.members.values()) {
        const topicIds = [...this.topicsOf(member)].flatMap((name) => topics.get(name)?.id ?? []).sort();
        subscribers.push({ id: member.id, topicIds, before: this.target(member.id) });
        yield;
      }
      const assign = ASSIGNORS[this.assignor] ?? assignUniformly;
      const targets = yield* assign(subscribers, (topicId) => topics.byId(topicId)?.partitions.length ?? 0);
      for (const [member, value] of targets) {
        yield;
        if (!this.members.has(member) || sameTarget(this.targets.get(member), value)) continue;
        this.targets.set(member, value);
        this.changes.push({ type: 'target', group: this.id, member, value });
      }
      this.targetEpoch = epoch;
      this.changes.push({ type: 'target epoch', group: this.id, value: { epoch } });
    } finally {
      this.isAssigning = false;
    }
  }
}

/** Integers of this length are exact in JavaScript. */
const HASH_BYTES = 6;

function unknownMember(memberId: string): KafkaError {
  return new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of the group.`);
}

/** @throws {KafkaError} FENCED_MEMBER_EPOCH: the member has to give up its partitions and join again */
function checkEpoch(member: ConsumerMember, { epoch, reported }: Beat): void {
  if (epoch === member.epoch) return;
  // The answer with the newer epoch was lost.
  const isLate = epoch === member.previousEpoch && reported !== null && hasAll(member.assigned, reported);
  if (epoch < member.epoch && isLate) return;
  const relation = epoch < member.epoch ? 'smaller' : 'greater';
  const detail = `The consumer group member has a ${relation} member epoch (${epoch}) than the one known by the group coordinator (${member.epoch}). The member must abandon all its partitions and rejoin.`;
  throw new KafkaError(ErrorCode.FENCED_MEMBER_EPOCH, detail);
}

function emptyMember(id: string): ConsumerMember {
  return {
    id,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topics: [],
    regex: null,
    assignor: null,
    classic: null,
    epoch: JOINS,
    previousEpoch: JOINS,
    state: 'stable',
    assigned: NO_PARTITIONS,
    revoking: NO_PARTITIONS,
  };
}

function newMember({ memberId }: Beat): ConsumerMember {
  return emptyMember(memberId);
}

function update(member: ConsumerMember, beat: Beat): ConsumerMember {
  const updated: ConsumerMember = {
    ...member,
    instanceId: beat.instanceId ?? member.instanceId,
    rackId: beat.rackId ?? member.rackId,
    clientId: beat.clientId,
    clientHost: beat.clientHost,
    rebalanceTimeoutMs: beat.rebalanceTimeoutMs >= 0 ? beat.rebalanceTimeoutMs : member.rebalanceTimeoutMs,
    topics: beat.topics ? [...new Set(beat.topics)].sort() : member.topics,
    // An empty one ends the subscription by expression.
    regex: beat.regex === null ? member.regex : beat.regex || null,
    assignor: beat.assignor ?? member.assignor,
    classic: sameTraits(member.classic, beat.classic) ? member.classic : beat.classic,
  };
  return sameMetadata(member, updated) ? member : updated;
}

function sameSubscription(one: ConsumerMember, other: ConsumerMember): boolean {
  return one === other || (one.regex === other.regex && one.topics.join() === other.topics.join());
}

function sameMetadata(one: ConsumerMember, other: ConsumerMember): boolean {
  const { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, assignor, classic } = other;
  return (
    sameSubscription(one, other) &&
    one.instanceId === instanceId &&
    one.rackId === rackId &&
    one.clientId === clientId &&
    one.clientHost === clientHost &&
    one.rebalanceTimeoutMs === rebalanceTimeoutMs &&
    one.assignor === assignor &&
    one.classic === classic
  );
}

function sameTraits(one: ClassicTraits | null, other: ClassicTraits | null): boolean {
  if (one === null || other === null) return one === other;
  if (one.sessionTimeoutMs !== other.sessionTimeoutMs || one.protocols.length !== other.protocols.length) return false;
  return one.protocols.every(({ name, metadata }, at) => {
    const same = other.protocols[at];
    return same?.name === name && same.metadata.equals(metadata);
  });
}

const BYTES_PER_PARTITION = 100;

function bytesOf({ topics, regex, classic, assigned, revoking }: ConsumerMember): number {
  let bytes = regex?.length ?? 0;
  for (const { metadata } of classic?.protocols ?? []) bytes += metadata.length;
  for (const topic of topics) bytes += topic.length;
  for (const partitions of [assigned, revoking]) {
    for (const owned of partitions.values()) bytes += BYTES_PER_PARTITION * owned.size;
  }
  return bytes;
}

function sameNames(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

function sameTarget(one: TargetPartitions | undefined, other: TargetPartitions): boolean {
  if (one?.size !== other.size) return false;
  for (const [topicId, partitions] of other) if (one.get(topicId)?.join() !== partitions.join()) return false;
  return true;
}
