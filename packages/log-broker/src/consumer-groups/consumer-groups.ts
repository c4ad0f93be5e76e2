import {
  CONSUMER_HEARTBEAT_MAX_MS,
  CONSUMER_HEARTBEAT_MIN_MS,
  CONSUMER_HEARTBEAT_MS_PER_MEMBER,
  CONSUMER_SESSION_TIMEOUT_MS,
} from '../limits.ts';
import type { Logger } from '../observe/logger.ts';
import type { KeyedRecord } from '../topics/internal-topic.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { WireFormatError } from '../wire/byte-reader.ts';
import { CONSUMER_PROTOCOL_TYPE, readSubscription } from './classic-protocol.ts';
import { ConsumerGroup } from './consumer-group.ts';
import type { Beat, BeatAnswer, Topics } from './consumer-group.ts';
import { encodeRecord } from './consumer-group-records.ts';
import type { ConsumerGroupRecord } from './consumer-group-records.ts';
import { JOINS } from './consumer-member.ts';
import type { ClassicTraits, ConsumerMember } from './consumer-member.ts';

/** The join of a member of the classic protocol. */
export interface ClassicJoin extends ClassicTraits {
  /** Empty for a member that has no id yet. */
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
}

/** What identifies a member of the classic protocol in each request. */
export interface ClassicClaim {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The epoch that it was told last. */
  readonly generation: number;
}

/** Records written in one step. */
const RECORDS_PER_STEP = 200;

/** Runs the consumer groups: their timers, and what is written of them. */
export class ConsumerGroups {
  private readonly groups = new Map<string, ConsumerGroup>();
  /** By group and member: until its next heartbeat, or until it confirms what it has given up. */
  private readonly sessions = new Timers();
  private readonly revocations = new Timers();
  /** The same for what a member of the classic protocol has to do next: ask for its partitions, or join again. */
  private readonly steps = new Timers();
  private memberCount = 0;
  /** Subscriptions and assignments of the members of all groups. */
  heldBytes = 0;
  /** What each group adds to the two. */
  private readonly counted = new WeakMap<ConsumerGroup, { members: number; bytes: number }>();
  private readonly append: (records: readonly KeyedRecord[]) => void;
  private readonly topics: Topics;
  private readonly logger: Logger;
  private readonly onClassic: (group: ConsumerGroup) => void;

  /** `onClassic`: called when all members of a group use the classic protocol. */
  constructor(parts: {
    append: (records: readonly KeyedRecord[]) => void;
    topics: Topics;
    logger: Logger;
    onClassic: (group: ConsumerGroup) => void;
  }) {
    this.append = parts.append;
    this.topics = parts.topics;
    this.onClassic = parts.onClassic;
    this.logger = parts.logger;
  }

  get(groupId: string): ConsumerGroup | undefined {
    return this.groups.get(groupId);
  }

  ids(): Iterable<string> {
    return this.groups.keys();
  }

  get size(): number {
    return this.groups.size;
  }

  /** Members of small groups learn of a change soon; many members do not load the broker. */
  get heartbeatIntervalMs(): number {
    const intervalMs = this.memberCount * CONSUMER_HEARTBEAT_MS_PER_MEMBER;
    return Math.min(Math.max(intervalMs, CONSUMER_HEARTBEAT_MIN_MS), CONSUMER_HEARTBEAT_MAX_MS);
  }

  /** @throws {KafkaError} GROUP_ID_NOT_FOUND, and as `ConsumerGroup.beat` */
  *beat(groupId: string, beat: Beat): Steps<BeatAnswer> {
    const group = this.groups.get(groupId) ?? (beat.epoch === JOINS ? new ConsumerGroup(groupId) : undefined);
    if (!group) throw notFound(groupId);
    // Set before the steps: another member may join in between.
    this.groups.set(groupId, group);
    try {
      const answer = yield* group.beat(beat, this.topics);
      this.watch(group, answer);
      return answer;
    } finally {
      this.count(group);
      yield* this.write(group);
      // The member was refused.
      if (group.epoch === 0 && group.members.size === 0) this.groups.delete(groupId);
      this.checkProtocols(group);
    }
  }

  /**
   * A member of the classic protocol joins: it gets partitions as the others do, and asks for them by `sync`. Its generation is
   * its epoch.
   *
   * @throws {KafkaError} GROUP_ID_NOT_FOUND, INCONSISTENT_GROUP_PROTOCOL, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID,
   * GROUP_MAX_SIZE_REACHED
   */
  *join(groupId: string, join: ClassicJoin, newMemberId: string): Steps<ConsumerMember> {
    const { memberId, instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = join;
    const subscription = this.checkJoin(this.known(groupId), join);
    const { member } = yield* this.beat(groupId, {
      ...{ instanceId, clientId, clientHost, rebalanceTimeoutMs },
      memberId: memberId || newMemberId,
      epoch: JOINS,
      rackId: subscription.rackId,
      topics: subscription.topics,
      regex: '',
      assignor: null,
      reported: subscription.owned,
      classic: { sessionTimeoutMs, protocols },
      isVisible: () => false,
    });
    return member;
  }

  /** Whether such a member may join, and its subscription. @throws {KafkaError} as `join` */
  checkJoin(group: ConsumerGroup, { memberId, instanceId, protocolType, protocols }: ClassicJoin) {
    const shared = group.sharedProtocols(memberId);
    const isShared = protocols.some(({ name }) => shared?.has(name) ?? true);
    const subscription = protocolType === CONSUMER_PROTOCOL_TYPE && isShared && this.subscriptionIn(protocols);
    if (!subscription) {
      const detail = `The members of group ${group.id} do not have any of these protocols.`;
      throw new KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, detail);
    }
    if (instanceId !== null && memberId !== '') this.memberOfInstance(group, instanceId, memberId);
    return subscription;
  }

  private subscriptionIn([first]: ClassicTraits['protocols']) {
    try {
      return first && readSubscription(first.metadata, this.topics);
    } catch (error) {
      if (error instanceof WireFormatError) return undefined;
      throw error;
    }
  }

  /**
   * What a member of the classic protocol has got by its last join.
   *
   * @throws {KafkaError} UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, INCONSISTENT_GROUP_PROTOCOL, ILLEGAL_GENERATION,
   * REBALANCE_IN_PROGRESS when it has to join again
   */
  sync(groupId: string, claim: ClassicClaim, protocolType: string | null, protocol: string | null): ConsumerMember {
    const group = this.known(groupId);
    const member = this.classicMember(group, claim);
    const isOther = protocolType !== null && protocolType !== CONSUMER_PROTOCOL_TYPE;
    if (isOther || (protocol !== null && protocol !== member.classic?.protocols[0]?.name)) {
      throw new KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, `Member ${member.id} joined with another protocol.`);
    }
    checkGeneration(member, claim);
    // One that has partitions to give up does that first.
    if (group.epoch > member.epoch && member.state !== 'unrevoked') throw this.rejoin(group, member);
    this.steps.stop(groupId, member.id);
    return member;
  }

  /** A heartbeat of a member of the classic protocol. @throws {KafkaError} as `sync` */
  heartbeat(groupId: string, claim: ClassicClaim): void {
    const group = this.known(groupId);
    const member = this.classicMember(group, claim);
    checkGeneration(member, claim);
    this.watchSession(groupId, member);
    const isReleased = member.state === 'unreleased' && !group.isWaiting(member);
    if (member.epoch < group.epoch || member.state === 'unrevoked' || isReleased) throw this.rejoin(group, member);
  }

  /**
   * Members of the classic protocol leave so, and administrators remove members of either.
   *
   * @throws {KafkaError} UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID
   */
  leaveGroup(groupId: string, memberId: string, instanceId: string | null): void {
    const group = this.known(groupId);
    const { id } =
      instanceId === null
        ? this.member(group, memberId)
        : this.memberOfInstance(group, instanceId, memberId || undefined);
    this.stopTimers(groupId, id);
    this.change(groupId, () => group.remove(id));
  }

  /** Takes over a group that was classic. Its records are written. */
  adopt(group: ConsumerGroup): void {
    this.groups.set(group.id, group);
    this.count(group);
    for (const member of group.members.values()) this.watchSession(group.id, member);
  }

  /** Gives up a group that becomes classic. Its records are deleted by the caller. */
  release(group: ConsumerGroup): void {
    this.groups.delete(group.id);
    const counted = this.counted.get(group);
    this.memberCount -= counted?.members ?? 0;
    this.heldBytes -= counted?.bytes ?? 0;
    this.counted.delete(group);
    for (const memberId of group.members.keys()) this.stopTimers(group.id, memberId);
  }

  private known(groupId: string): ConsumerGroup {
    const group = this.groups.get(groupId);
    if (!group) throw notFound(groupId);
    return group;
  }

  private classicMember(
    group: ConsumerGroup,
    { memberId, instanceId }: Pick<ClassicClaim, 'memberId' | 'instanceId'>,
  ): ConsumerMember {
    const member =
      instanceId === null ? this.member(group, memberId) : this.memberOfInstance(group, instanceId, memberId);
    if (member.classic) return member;
    throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} does not use the classic protocol.`);
  }

  private member(group: ConsumerGroup, memberId: string): ConsumerMember {
    const member = group.members.get(memberId);
    if (!member) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of the group.`);
    return member;
  }

  private memberOfInstance(group: ConsumerGroup, instanceId: string, memberId?: string): ConsumerMember {
    const member = group.memberOfInstance(instanceId);
    if (!member) throw new KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
    if (memberId === undefined || member.id === memberId) return member;
    throw new KafkaError(ErrorCode.FENCED_INSTANCE_ID, `Member ${memberId} was fenced by member ${member.id}.`);
  }

  /** The member has its rebalance time-out to join again. */
  private rejoin({ id: groupId }: ConsumerGroup, { id, rebalanceTimeoutMs }: ConsumerMember): KafkaError {
    this.steps.startUnlessRunning(groupId, id, rebalanceTimeoutMs, () => this.expire(groupId, id));
    return new KafkaError(ErrorCode.REBALANCE_IN_PROGRESS, `Member ${id} has to join again.`);
  }

  private checkProtocols(group: ConsumerGroup): void {
    if (group.isClassic && this.groups.get(group.id) === group) this.onClassic(group);
  }

  /** @throws {KafkaError} as `beat` */
  leaveStatically(groupId: string, memberId: string, instanceId: string): void {
    this.change(groupId, (group) => group.leaveStatically(memberId, instanceId));
    this.revocations.stop(groupId, memberId);
  }

  /** @throws {KafkaError} as `beat` */
  leave(groupId: string, memberId: string, instanceId: string | null): void {
    this.change(groupId, (group) => group.leave(memberId, instanceId));
    this.stopTimers(groupId, memberId);
  }

  /** For timers, and for tests: as if the member's session time-out had passed. */
  expire(groupId: string, memberId: string): void {
    this.stopTimers(groupId, memberId);
    if (!this.groups.get(groupId)?.members.has(memberId)) return;
    this.logger('info', 'group member expired', { group: groupId, member: memberId });
    this.change(groupId, (group) => group.remove(memberId));
  }

  /** Deletes a group without members. */
  delete(groupId: string): void {
    if (!this.groups.delete(groupId)) return;
    this.append([
      encodeRecord({ type: 'target epoch', group: groupId, value: null }),
      encodeRecord({ type: 'consumer group', group: groupId, value: null }),
    ]);
  }

  restore(record: ConsumerGroupRecord): void {
    let group = this.groups.get(record.group);
    if (record.type === 'consumer group' && !record.value) {
      this.groups.delete(record.group);
      return;
    }
    if (!group && record.value) {
      group = new ConsumerGroup(record.group);
      this.groups.set(record.group, group);
    }
    group?.restore(record);
  }

  /** The members of restored groups have their session time-out to send a heartbeat. */
  startTimers(): void {
    for (const group of this.groups.values()) {
      this.count(group);
      for (const member of group.members.values()) {
        this.watchSession(group.id, member);
        if (member.state === 'unrevoked' && !member.classic) this.watchRevocation(group.id, member);
      }
    }
  }

  *snapshot(): Generator<KeyedRecord> {
    for (const group of this.groups.values()) for (const record of group.records()) yield encodeRecord(record);
  }

  close(): void {
    this.sessions.stopAll();
    this.revocations.stopAll();
    this.steps.stopAll();
  }

  private change(groupId: string, change: (group: ConsumerGroup) => void): void {
    const group = this.known(groupId);
    change(group);
    this.count(group);
    while (group.hasChanges) this.save(group.takeChanges(RECORDS_PER_STEP));
    this.checkProtocols(group);
  }

  private count(group: ConsumerGroup): void {
    const before = this.counted.get(group);
    const { members, heldBytes: bytes } = group;
    this.memberCount += members.size - (before?.members ?? 0);
    this.heldBytes += bytes - (before?.bytes ?? 0);
    this.counted.set(group, { members: members.size, bytes });
  }

  private watch({ id: groupId }: ConsumerGroup, { member, hasMoved }: BeatAnswer): void {
    const { id, classic, rebalanceTimeoutMs } = member;
    this.watchSession(groupId, member);
    if (classic || member.state !== 'unrevoked') this.revocations.stop(groupId, id);
    else if (hasMoved) this.watchRevocation(groupId, member);
    if (classic) this.steps.start(groupId, id, rebalanceTimeoutMs, () => this.expire(groupId, id));
    else this.steps.stop(groupId, id);
  }

  private watchRevocation(groupId: string, { id, rebalanceTimeoutMs }: ConsumerMember): void {
    this.revocations.start(groupId, id, rebalanceTimeoutMs, () => this.expire(groupId, id));
  }

  private watchSession(groupId: string, { id, classic }: ConsumerMember): void {
    const timeoutMs = classic?.sessionTimeoutMs ?? CONSUMER_SESSION_TIMEOUT_MS;
    this.sessions.start(groupId, id, timeoutMs, () => this.expire(groupId, id));
  }

  private stopTimers(groupId: string, memberId: string): void {
    this.sessions.stop(groupId, memberId);
    this.revocations.stop(groupId, memberId);
    this.steps.stop(groupId, memberId);
  }

  private *write(group: ConsumerGroup): Steps<void> {
    // In between it may have become a classic group, whose records have deleted those of this one.
    while (group.hasChanges && this.groups.get(group.id) === group) {
      this.save(group.takeChanges(RECORDS_PER_STEP));
      yield;
    }
  }

  private save(changes: readonly ConsumerGroupRecord[]): void {
    if (changes.length === 0) return;
    try {
      this.append(changes.map(encodeRecord));
    } catch (error) {
      // The group continues in memory; after a restart its members join again.
      this.logger('error', 'group metadata not written', { group: changes[0]?.group, error: String(error) });
    }
  }
}

function checkGeneration(member: ConsumerMember, { generation }: ClassicClaim): void {
  if (generation === member.epoch) return;
  const detail = `Member ${member.id} is in generation ${member.epoch}, not ${generation}.`;
  throw new KafkaError(ErrorCode.ILLEGAL_GENERATION, detail);
}

function notFound(groupId: string): KafkaError {
  return new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Consumer group ${groupId} not found.`);
}

/** A timer for each member of each group. */
class Timers {
  private readonly byGroup = new Map<string, Map<string, NodeJS.Timeout>>();

  start(groupId: string, memberId: string, timeoutMs: number, ended: () => void): void {
    let timers = this.byGroup.get(groupId);
    if (!timers) this.byGroup.set(groupId, (timers = new Map()));
    clearTimeout(timers.get(memberId));
    timers.set(memberId, setTimeout(ended, timeoutMs));
  }

  startUnlessRunning(groupId: string, memberId: string, timeoutMs: number, ended: () => void): void {
    if (!this.byGroup.get(groupId)?.has(memberId)) this.start(groupId, memberId, timeoutMs, ended);
  }

  stop(groupId: string, memberId: string): void {
    const timers = this.byGroup.get(groupId);
    clearTimeout(timers?.get(memberId));
    timers?.delete(memberId);
    if (timers?.size === 0) this.byGroup.delete(groupId);
  }

  stopAll(): void {
    for (const timers of this.byGroup.values()) for (const timer of timers.values()) clearTimeout(timer);
    this.byGroup.clear();
  }
}
