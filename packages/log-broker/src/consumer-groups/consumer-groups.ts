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
import { ConsumerGroup } from './consumer-group.ts';
import type { Beat, BeatAnswer, Topics } from './consumer-group.ts';
import { encodeRecord } from './consumer-group-records.ts';
import type { ConsumerGroupRecord } from './consumer-group-records.ts';
import { JOINS } from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';

/** Records written in one step. */
const RECORDS_PER_STEP = 200;

/** Runs the consumer groups: their timers, and what is written of them. */
export class ConsumerGroups {
  private readonly groups = new Map<string, ConsumerGroup>();
  /** By group and member: until its next heartbeat, or until it confirms what it has given up. */
  private readonly sessions = new Timers();
  private readonly revocations = new Timers();
  private memberCount = 0;
  /** Subscriptions and assignments of the members of all groups. */
  heldBytes = 0;
  /** What each group adds to the two. */
  private readonly counted = new WeakMap<ConsumerGroup, { members: number; bytes: number }>();
  private readonly append: (records: readonly KeyedRecord[]) => void;
  private readonly topics: Topics;
  private readonly logger: Logger;

  constructor(parts: { append: (records: readonly KeyedRecord[]) => void; topics: Topics; logger: Logger }) {
    this.append = parts.append;
    this.topics = parts.topics;
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
    }
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
        this.watchSession(group.id, member.id);
        if (member.state === 'unrevoked') this.watchRevocation(group.id, member);
      }
    }
  }

  *snapshot(): Generator<KeyedRecord> {
    for (const group of this.groups.values()) for (const record of group.records()) yield encodeRecord(record);
  }

  close(): void {
    this.sessions.stopAll();
    this.revocations.stopAll();
  }

  private change(groupId: string, change: (group: ConsumerGroup) => void): void {
    const group = this.groups.get(groupId);
    if (!group) throw notFound(groupId);
    change(group);
    this.count(group);
    while (group.hasChanges) this.save(group.takeChanges(RECORDS_PER_STEP));
  }

  private count(group: ConsumerGroup): void {
    const before = this.counted.get(group);
    const { members, heldBytes: bytes } = group;
    this.memberCount += members.size - (before?.members ?? 0);
    this.heldBytes += bytes - (before?.bytes ?? 0);
    this.counted.set(group, { members: members.size, bytes });
  }

  private watch({ id: groupId }: ConsumerGroup, { member, hasMoved }: BeatAnswer): void {
    this.watchSession(groupId, member.id);
    if (member.state !== 'unrevoked') this.revocations.stop(groupId, member.id);
    else if (hasMoved) this.watchRevocation(groupId, member);
  }

  private watchRevocation(groupId: string, { id, rebalanceTimeoutMs }: ConsumerMember): void {
    this.revocations.start(groupId, id, rebalanceTimeoutMs, () => this.expire(groupId, id));
  }

  private watchSession(groupId: string, memberId: string): void {
    this.sessions.start(groupId, memberId, CONSUMER_SESSION_TIMEOUT_MS, () => this.expire(groupId, memberId));
  }

  private stopTimers(groupId: string, memberId: string): void {
    this.sessions.stop(groupId, memberId);
    this.revocations.stop(groupId, memberId);
  }

  private *write(group: ConsumerGroup): Steps<void> {
    while (group.hasChanges) {
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
