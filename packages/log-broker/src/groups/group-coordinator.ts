import { randomUUID } from 'node:crypto';
import type { Beat, BeatAnswer, Topics } from '../consumer-groups/consumer-group.ts';
import { ConsumerGroup } from '../consumer-groups/consumer-group.ts';
import { encodeRecord } from '../consumer-groups/consumer-group-records.ts';
import { CONSUMER_PROTOCOL_TYPE, encodeAssignment } from '../consumer-groups/classic-protocol.ts';
import { ConsumerGroups } from '../consumer-groups/consumer-groups.ts';
import type { Logger } from '../observe/logger.ts';
import { GROUP_BYTES_MAX, GROUPS_MAX } from '../limits.ts';
import { inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { CommittedOffsets } from './committed-offsets.ts';
import { checkCommit, reduceGroup } from './group-reducer.ts';
import type { GroupRules } from './group-reducer.ts';
import { groupRecord, offsetRecord, parseGroupRecord } from './group-records.ts';
import type { CommittedOffset, GroupRecord } from './group-records.ts';
import type { InternalBatch, KeyedRecord } from '../topics/internal-topic.ts';
import { EMPTY_GROUP } from './group-state.ts';
import { toClassicGroup, toConsumerMembers } from './migration.ts';
import type {
  GroupEffect,
  GroupEvent,
  GroupState,
  JoinAnswer,
  JoinEvent,
  MemberClaim,
  RequestToken,
  SyncAnswer,
  SyncEvent,
} from './group-state.ts';

/** Where group records are kept: the partition of `__consumer_offsets`. */
export interface GroupLog {
  append(records: readonly KeyedRecord[], transaction?: { producerId: number; producerEpoch: number }): void;
  batches(): Iterable<InternalBatch>;
}

export interface OffsetToCommit extends CommittedOffset {
  readonly topic: string;
  readonly partition: number;
}

interface Group {
  state: GroupState;
  readonly sessions: Map<string, NodeJS.Timeout>;
  rebalance: NodeJS.Timeout | undefined;
}

/** Offsets written in one step: a batch of about ten kilobytes. */
const OFFSETS_PER_STEP = 200;

/** The error for all partitions, or for each. */
export type CommitCheck = number | ((topicId: string, partition: number) => number);

type Answer = JoinAnswer | SyncAnswer | number;

/** Runs the groups: feeds requests and timers to the reducer, and carries out its effects. */
export class GroupCoordinator {
  readonly offsets = new CommittedOffsets();
  private readonly groups = new Map<string, Group>();
  /** Offsets in transactions that have not ended, by producer. */
  private readonly pending = new Map<number, (OffsetToCommit & { readonly groupId: string })[]>();
  private readonly waiting = new Map<RequestToken, (answer: Answer) => void>();
  private nextToken: RequestToken = 1;
  private isClosed = false;
  /** Subscriptions and assignments of the members of classic groups. */
  private classicBytes = 0;
  /** Groups of the newer protocol (KIP-848). A group is of one kind at a time. */
  readonly consumers: ConsumerGroups;
  private readonly log: GroupLog;
  private readonly topics: Topics;
  private readonly rules: GroupRules;
  private readonly logger: Logger;

  constructor(parts: { log: GroupLog; topics: Topics; rules: GroupRules; logger: Logger }) {
    this.log = parts.log;
    this.topics = parts.topics;
    this.rules = parts.rules;
    this.logger = parts.logger;
    this.consumers = new ConsumerGroups({
      append: (records) => this.log.append(records),
      topics: parts.topics,
      logger: parts.logger,
      onClassic: (group) => this.downgrade(group),
    });
  }

  /** Subscriptions and assignments of the members of all groups. */
  get heldBytes(): number {
    return this.classicBytes + this.consumers.heldBytes;
  }

  /** Restores what was committed. Members of a group that was stable have their session time-out to reconnect. */
  load(): void {
    for (const { header, records, marker } of this.log.batches()) {
      if (marker) this.endTransaction(header.producerId, marker.committed);
      for (const record of records) {
        const parsed = parseGroupRecord(record);
        if (parsed && header.isTransactional) this.restorePending(header.producerId, parsed);
        else if (parsed) this.restore(parsed);
      }
    }
    for (const [id, group] of this.groups) {
      this.classicBytes += bytesOf(group.state);
      for (const member of group.state.members.values()) {
        this.apply(id, group, { do: 'watch session', memberId: member.id, timeoutMs: member.sessionTimeoutMs });
      }
    }
    this.consumers.startTimers();
  }

  private restore(record: GroupRecord): void {
    if (record.type === 'offset') {
      const { group, topic, partition, committed } = record;
      if (committed) this.offsets.set(group, topic, partition, committed);
      else this.offsets.delete(group, topic, partition);
    } else if (record.type !== 'group') {
      this.consumers.restore(record);
    } else if (record.state) {
      this.groups.set(record.group, newGroup(record.state));
    } else {
      this.groups.delete(record.group);
    }
  }

  private restorePending(producerId: number, record: GroupRecord): void {
    if (record.type !== 'offset' || !record.committed) return;
    const { group, topic, partition, committed } = record;
    this.notePending(producerId, group, [{ topic, partition, ...committed }]);
  }

  /**
   * The state of a classic group, or undefined for an unknown group and for one of `consumers`. Groups that have only offsets
   * count as empty.
   */
  state(groupId: string): GroupState | undefined {
    if (this.consumers.get(groupId)) return undefined;
    return this.groups.get(groupId)?.state ?? (this.offsets.hasGroup(groupId) ? EMPTY_GROUP : undefined);
  }

  groupIds(): string[] {
    return [...new Set([...this.groups.keys(), ...this.consumers.ids(), ...this.offsets.groups()])];
  }

  /**
   * A heartbeat of a member of a consumer group. The first one creates it, also in place of a classic group, whose offsets and
   * members it keeps.
   *
   * @throws {KafkaError} as `ConsumerGroups.beat`
   */
  *beat(groupId: string, beat: Beat): Steps<BeatAnswer> {
    const isNew = beat.epoch === 0 && !this.consumers.get(groupId);
    const classic = this.groups.get(groupId);
    if (classic && classic.state.phase !== 'Empty' && !isNew) {
      throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
    }
    if (isNew && this.groupCount >= GROUPS_MAX) {
      throw new KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE, `There are ${GROUPS_MAX} groups.`);
    }
    const bytes = (beat.topics ?? []).reduce((sum, topic) => sum + topic.length, beat.regex?.length ?? 0);
    if (this.heldBytes + bytes > GROUP_BYTES_MAX) {
      throw new KafkaError(ErrorCode.GROUP_MAX_SIZE_REACHED, 'The groups have as many bytes of members as they may.');
    }
    if (isNew && classic?.state.phase === 'Empty') this.deleteClassic(groupId);
    else if (isNew && classic) this.upgrade(groupId, classic);
    return yield* this.consumers.beat(groupId, beat);
  }

  /** @throws {KafkaError} GROUP_ID_NOT_FOUND, as in Kafka, where the subscriptions of its members cannot be read */
  private upgrade(groupId: string, { state, sessions, rebalance }: Group): void {
    const members = toConsumerMembers(state, this.topics);
    if (!members) throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
    const group = new ConsumerGroup(groupId);
    group.adopt(state.generation, members);
    // In one batch: a crash leaves the one group or the other.
    this.log.append([groupRecord(groupId, null, Date.now()), ...[...group.records()].map(encodeRecord)]);
    clearTimeout(rebalance);
    for (const timer of sessions.values()) clearTimeout(timer);
    this.classicBytes -= bytesOf(state);
    this.groups.delete(groupId);
    this.consumers.adopt(group);
    for (const { id, awaitingJoin, awaitingSync } of state.members.values()) {
      if (awaitingJoin !== null) this.answer(awaitingJoin, refusedJoin(ErrorCode.REBALANCE_IN_PROGRESS, id));
      if (awaitingSync !== null) this.answer(awaitingSync, refusedSync(ErrorCode.REBALANCE_IN_PROGRESS));
    }
    this.logger('info', 'classic group became a consumer group', { group: groupId, members: members.length });
  }

  private downgrade(consumers: ConsumerGroup): void {
    if (this.isClosed) return;
    const { id } = consumers;
    const group = newGroup(toClassicGroup(consumers, this.topics));
    try {
      this.log.append([...[...consumers.deletions()].map(encodeRecord), groupRecord(id, group.state, Date.now())]);
    } catch (error) {
      // The group continues in memory; after a restart its members join again.
      this.logger('error', 'group metadata not written', { group: id, error: String(error) });
    }
    this.consumers.release(consumers);
    this.groups.set(id, group);
    this.classicBytes += bytesOf(group.state);
    for (const member of group.state.members.values()) {
      this.watchSession(id, group, member.id, member.sessionTimeoutMs);
    }
    this.logger('info', 'consumer group became a classic group', { group: id, members: consumers.members.size });
    this.step(id, group, { type: 'became classic' });
  }

  /** The consumer group with members that a request of a member of the classic protocol is for. */
  private consumersOf(groupId: string): ConsumerGroup | undefined {
    const group = this.consumers.get(groupId);
    return group && group.members.size > 0 ? group : undefined;
  }

  private async joinConsumers(group: ConsumerGroup, event: Omit<JoinEvent, 'type' | 'request' | 'newMemberId'>) {
    const newMemberId = newIdOf(event);
    try {
      this.consumers.checkJoin(group, event);
      if (event.mustConfirmId && event.memberId === '' && event.instanceId === null) {
        return refusedJoin(ErrorCode.MEMBER_ID_REQUIRED, newMemberId);
      }
      const { id, epoch, classic } = await inTurns(this.consumers.join(group.id, event, newMemberId));
      // Nobody leads: the broker assigns.
      const protocol = classic?.protocols[0]?.name ?? null;
      const formed = { generation: epoch, protocolType: CONSUMER_PROTOCOL_TYPE, protocol, leader: '', members: [] };
      return { errorCode: ErrorCode.NONE, memberId: id, ...formed };
    } catch (error) {
      return refusedJoin(codeOf(error), event.memberId);
    }
  }

  private syncConsumers(groupId: string, { sender, protocolType, protocol }: Omit<SyncEvent, 'type' | 'request'>) {
    try {
      const { assigned, classic } = this.consumers.sync(groupId, sender, protocolType, protocol);
      const [first] = classic?.protocols ?? [];
      const owned = [...assigned].map(([topicId, partitions]) => [topicId, partitions.keys()] as const);
      const assignment = encodeAssignment(owned, first?.metadata ?? Buffer.alloc(2), this.topics);
      return {
        errorCode: ErrorCode.NONE,
        protocolType: CONSUMER_PROTOCOL_TYPE,
        protocol: first?.name ?? null,
        assignment,
      };
    } catch (error) {
      return refusedSync(codeOf(error));
    }
  }

  private get groupCount(): number {
    return this.groups.size + this.consumers.size;
  }

  private deleteClassic(groupId: string): void {
    const group = this.groups.get(groupId);
    if (!group) return;
    this.step(groupId, group, { type: 'delete' });
    this.log.append([groupRecord(groupId, null, Date.now())]);
    this.groups.delete(groupId);
  }

  join(groupId: string, event: Omit<JoinEvent, 'type' | 'request' | 'newMemberId'>): Promise<JoinAnswer> {
    const consumers = this.consumersOf(groupId);
    if (event.memberId !== '' && !consumers && !this.groups.has(groupId)) {
      return Promise.resolve(refusedJoin(ErrorCode.UNKNOWN_MEMBER_ID, event.memberId));
    }
    if (!this.groups.has(groupId) && this.groupCount >= GROUPS_MAX) {
      return Promise.resolve(refusedJoin(ErrorCode.COORDINATOR_NOT_AVAILABLE, event.memberId));
    }
    const bytes = event.protocols.reduce((sum, { metadata }) => sum + metadata.length, 0);
    if (this.heldBytes + bytes > GROUP_BYTES_MAX) {
      return Promise.resolve(refusedJoin(ErrorCode.GROUP_MAX_SIZE_REACHED, event.memberId));
    }
    if (consumers) return this.joinConsumers(consumers, event);
    // One without members.
    this.consumers.delete(groupId);
    const newMemberId = newIdOf(event);
    return this.request(groupId, (request) => ({
      type: 'join',
      request,
      newMemberId,
      ...event,
    })) as Promise<JoinAnswer>;
  }

  sync(groupId: string, event: Omit<SyncEvent, 'type' | 'request'>): Promise<SyncAnswer> {
    if (this.consumersOf(groupId)) return Promise.resolve(this.syncConsumers(groupId, event));
    if (!this.groups.has(groupId)) return Promise.resolve(refusedSync(ErrorCode.UNKNOWN_MEMBER_ID));
    const bytes = [...event.assignments.values()].reduce((sum, assignment) => sum + assignment.length, 0);
    if (this.heldBytes + bytes > GROUP_BYTES_MAX) {
      return Promise.resolve(refusedSync(ErrorCode.GROUP_MAX_SIZE_REACHED));
    }
    return this.request(groupId, (request) => ({ type: 'sync', request, ...event })) as Promise<SyncAnswer>;
  }

  heartbeat(groupId: string, sender: MemberClaim): Promise<number> {
    if (this.consumersOf(groupId)) return Promise.resolve(codeAfter(() => this.consumers.heartbeat(groupId, sender)));
    if (!this.groups.has(groupId)) return Promise.resolve(ErrorCode.UNKNOWN_MEMBER_ID);
    return this.request(groupId, (request) => ({ type: 'heartbeat', request, sender })) as Promise<number>;
  }

  leave(groupId: string, memberId: string, instanceId: string | null): Promise<number> {
    if (this.consumersOf(groupId)) {
      return Promise.resolve(codeAfter(() => this.consumers.leaveGroup(groupId, memberId, instanceId)));
    }
    if (!this.groups.has(groupId)) return Promise.resolve(ErrorCode.UNKNOWN_MEMBER_ID);
    return this.request(groupId, (request) => ({ type: 'leave', request, memberId, instanceId })) as Promise<number>;
  }

  /** Why these offsets may not be committed, or NONE. For a late member of a consumer group that depends on the partition. */
  checkCommit(groupId: string, sender: MemberClaim, isTransactional = false): CommitCheck {
    const consumers = this.consumers.get(groupId);
    if (consumers) return consumers.checkCommit(sender.memberId, sender.generation);
    const group = this.groups.get(groupId);
    if (!group && sender.generation >= 0) return ErrorCode.ILLEGAL_GENERATION;
    if (!this.state(groupId) && this.offsets.groupCount >= GROUPS_MAX) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    const refusal = checkCommit(group?.state ?? EMPTY_GROUP, sender, isTransactional);
    // A commit counts as a heartbeat.
    const member = group?.state.members.get(sender.memberId);
    if (group && member && refusal === ErrorCode.NONE) group.sessions.get(member.id)?.refresh();
    return refusal;
  }

  /** Writes the offsets to the log; they are valid from then on. @throws {KafkaError} when the write fails */
  commit(groupId: string, offsets: readonly OffsetToCommit[]): void {
    if (offsets.length === 0) return;
    this.log.append(offsets.map((each) => offsetRecord(groupId, each.topic, each.partition, each)));
    for (const { topic, partition, ...committed } of offsets) this.offsets.set(groupId, topic, partition, committed);
  }

  /** As `commit`, for many offsets. If a write fails in the middle, those written before are valid. */
  *commitInSteps(groupId: string, offsets: readonly OffsetToCommit[]): Steps<void> {
    for (let at = 0; at < offsets.length; at += OFFSETS_PER_STEP) {
      if (at > 0) yield;
      this.commit(groupId, offsets.slice(at, at + OFFSETS_PER_STEP));
    }
  }

  /** Writes offsets that become valid when the producer's transaction commits. @throws {KafkaError} when the write fails */
  commitInTransaction(
    groupId: string,
    producer: { producerId: number; producerEpoch: number },
    offsets: readonly OffsetToCommit[],
  ): void {
    if (offsets.length === 0) return;
    const records = offsets.map((each) => offsetRecord(groupId, each.topic, each.partition, each));
    this.log.append(records, producer);
    this.notePending(producer.producerId, groupId, offsets);
  }

  private notePending(producerId: number, groupId: string, offsets: readonly OffsetToCommit[]): void {
    const pending = this.pending.get(producerId) ?? [];
    pending.push(...offsets.map((each) => ({ groupId, ...each })));
    this.pending.set(producerId, pending);
  }

  /** The end of a transaction: its offsets become valid, or are dropped. */
  endTransaction(producerId: number, isCommitted: boolean): void {
    const pending = this.pending.get(producerId) ?? [];
    this.pending.delete(producerId);
    if (!isCommitted) return;
    for (const { groupId, topic, partition, ...committed } of pending) {
      this.offsets.set(groupId, topic, partition, committed);
    }
  }

  /** Whether an open transaction has written this offset. */
  hasPendingOffset(groupId: string, topic: string, partition: number): boolean {
    for (const pending of this.pending.values()) {
      if (pending.some((each) => each.groupId === groupId && each.topic === topic && each.partition === partition)) {
        return true;
      }
    }
    return false;
  }

  forget(groupId: string, partitions: readonly { topic: string; partition: number }[]): void {
    if (partitions.length === 0) return;
    this.log.append(partitions.map(({ topic, partition }) => offsetRecord(groupId, topic, partition, null)));
    for (const { topic, partition } of partitions) this.offsets.delete(groupId, topic, partition);
  }

  /** The offsets of a deleted topic are not valid for a new topic of the same name. */
  *forgetTopics(topics: ReadonlySet<string>): Steps<void> {
    if (topics.size === 0) return;
    for (const groupId of this.offsets.groups()) {
      const dropped: { topic: string; partition: number }[] = [];
      for (const [topic, partition] of this.offsets.ofGroup(groupId)) {
        if (topics.has(topic)) dropped.push({ topic, partition });
      }
      while (dropped.length > 0) {
        this.forget(groupId, dropped.splice(-OFFSETS_PER_STEP));
        yield;
      }
      yield;
    }
  }

  /** Deletes an empty group with its offsets. Returns an error code. */
  delete(groupId: string): number {
    const phase = this.phase(groupId);
    if (!phase) return ErrorCode.GROUP_ID_NOT_FOUND;
    if (phase !== 'Empty') return ErrorCode.NON_EMPTY_GROUP;
    const offsets = [...this.offsets.ofGroup(groupId)].map(([topic, partition]) => ({ topic, partition }));
    this.forget(groupId, offsets);
    this.deleteClassic(groupId);
    this.consumers.delete(groupId);
    return ErrorCode.NONE;
  }

  /** Forgets all offsets, and deletes the groups without members. */
  forgetAll(): void {
    for (const groupId of this.groupIds()) {
      const offsets = [...this.offsets.ofGroup(groupId)].map(([topic, partition]) => ({ topic, partition }));
      if (this.delete(groupId) !== ErrorCode.NONE) this.forget(groupId, offsets);
    }
  }

  /** Of a group of either kind; undefined for an unknown one. */
  phase(groupId: string): GroupState['phase'] | ConsumerGroup['phase'] | undefined {
    return this.consumers.get(groupId)?.phase ?? this.state(groupId)?.phase;
  }

  /** Deletes offsets committed before `time` by groups without members, and groups without any offsets left. */
  expireOffsets(time: number): void {
    for (const groupId of this.groupIds()) {
      if (this.phase(groupId) !== 'Empty') continue;
      const all = [...this.offsets.ofGroup(groupId)];
      const old = all.filter(([, , { committedAt }]) => committedAt < time);
      if (all.length > 0 && old.length === all.length) this.delete(groupId);
      else
        this.forget(
          groupId,
          old.map(([topic, partition]) => ({ topic, partition })),
        );
    }
  }

  /** Every live key once, to write it to the log again. */
  *snapshot(): Generator<KeyedRecord> {
    for (const [id, { state }] of this.groups) yield groupRecord(id, persistable(state), Date.now());
    yield* this.consumers.snapshot();
    for (const id of this.offsets.groups()) {
      for (const [topic, partition, committed] of this.offsets.ofGroup(id)) {
        yield offsetRecord(id, topic, partition, committed);
      }
    }
  }

  /** Stops the timers and drops waiting requests. */
  close(): void {
    this.isClosed = true;
    for (const group of this.groups.values()) {
      clearTimeout(group.rebalance);
      for (const timer of group.sessions.values()) clearTimeout(timer);
    }
    this.waiting.clear();
    this.consumers.close();
  }

  private request(groupId: string, event: (request: RequestToken) => GroupEvent): Promise<Answer> {
    let group = this.groups.get(groupId);
    if (!group) {
      group = newGroup(EMPTY_GROUP);
      this.groups.set(groupId, group);
    }
    const request = this.nextToken++;
    const target = group;
    return new Promise((resolve) => {
      this.waiting.set(request, resolve);
      this.step(groupId, target, event(request));
    });
  }

  private step(groupId: string, group: Group, event: GroupEvent): void {
    if (this.isClosed) return;
    const before = group.state;
    const { state, effects } = reduceGroup(before, event, this.rules);
    group.state = state;
    if (state !== before) this.classicBytes += bytesOf(state) - bytesOf(before);
    for (const effect of effects) this.apply(groupId, group, effect);
    // No member joined: an id was given out and never used, or the request was refused.
    const { members: left, pending } = state;
    if (state.generation === 0 && left.size === 0 && pending.size === 0) this.groups.delete(groupId);
    if (before.phase !== state.phase) {
      const { phase, generation, members } = state;
      this.logger('debug', 'group changed', { group: groupId, phase, generation, members: members.size });
    }
  }

  private apply(groupId: string, group: Group, effect: GroupEffect): void {
    if (effect.do === 'answer') this.answer(effect.request, effect.errorCode);
    else if (effect.do === 'answer join' || effect.do === 'answer sync') this.answer(effect.request, effect.answer);
    else if (effect.do === 'watch session') this.watchSession(groupId, group, effect.memberId, effect.timeoutMs);
    else if (effect.do === 'stop watching session') {
      clearTimeout(group.sessions.get(effect.memberId));
      group.sessions.delete(effect.memberId);
    } else if (effect.do === 'watch rebalance') {
      clearTimeout(group.rebalance);
      const timedOut = () => this.step(groupId, group, { type: 'rebalance timed out' });
      group.rebalance = setTimeout(timedOut, effect.timeoutMs);
    } else if (effect.do === 'stop watching rebalance') {
      clearTimeout(group.rebalance);
    } else {
      this.save(groupId, group.state);
    }
  }

  /** For tests: ends a member's session as if its time-out had passed. */
  expireSession(groupId: string, memberId: string): void {
    this.consumers.expire(groupId, memberId);
    const group = this.groups.get(groupId);
    if (group) this.step(groupId, group, { type: 'session expired', memberId });
  }

  private watchSession(groupId: string, group: Group, memberId: string, timeoutMs: number): void {
    clearTimeout(group.sessions.get(memberId));
    const expired = () => {
      this.logger('info', 'group member expired', { group: groupId, member: memberId });
      this.step(groupId, group, { type: 'session expired', memberId });
    };
    group.sessions.set(memberId, setTimeout(expired, timeoutMs));
  }

  private save(groupId: string, state: GroupState): void {
    try {
      this.log.append([groupRecord(groupId, state, Date.now())]);
    } catch (error) {
      // The group continues in memory; after a restart its members join again.
      this.logger('error', 'group metadata not written', { group: groupId, error: String(error) });
    }
  }

  private answer(request: RequestToken, answer: Answer): void {
    this.waiting.get(request)?.(answer);
    this.waiting.delete(request);
  }
}

function bytesOf({ members }: GroupState): number {
  let bytes = 0;
  for (const { protocols, assignment } of members.values()) {
    bytes += assignment.length;
    for (const { metadata } of protocols) bytes += metadata.length;
  }
  return bytes;
}

function newIdOf({ instanceId, clientId }: Pick<JoinEvent, 'instanceId' | 'clientId'>): string {
  return `${instanceId ?? clientId}-${randomUUID()}`;
}

/** NONE, or the code of the error that it throws. */
function codeAfter(run: () => void): number {
  try {
    run();
    return ErrorCode.NONE;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): number {
  if (error instanceof KafkaError) return error.code;
  throw error;
}

function newGroup(state: GroupState): Group {
  return { state, sessions: new Map(), rebalance: undefined };
}

/** Between generations only the number is kept: the members join again. */
function persistable(state: GroupState): GroupState {
  return state.phase === 'Stable' ? state : { ...EMPTY_GROUP, generation: state.generation };
}

function refusedJoin(errorCode: number, memberId: string): JoinAnswer {
  return { errorCode, memberId, generation: -1, protocolType: null, protocol: null, leader: '', members: [] };
}

function refusedSync(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocol: null, assignment: Buffer.alloc(0) };
}
