import { GROUP_MEMBERS_MAX } from '../limits.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { NO_ASSIGNMENT, memberOfInstance, subscriptionOf } from './group-state.ts';
import type {
  GroupEffect,
  GroupEvent,
  GroupState,
  JoinAnswer,
  JoinEvent,
  Member,
  MemberClaim,
  Protocol,
  RequestToken,
  SyncEvent,
} from './group-state.ts';

export interface GroupRules {
  /** How long the first rebalance of an empty group waits for more members (group.initial.rebalance.delay.ms). */
  readonly initialRebalanceDelayMs: number;
}

/**
 * The classic group protocol as a function: state and event in, new state and effects out. Behaviour follows
 * Kafka's classic group (GroupMetadataManager): join, then the leader assigns by sync, then heartbeats.
 */
export function reduceGroup(
  state: GroupState,
  event: GroupEvent,
  rules: GroupRules,
): { state: GroupState; effects: GroupEffect[] } {
  if (event.type === 'heartbeat') return { state, effects: heartbeat(state, event.request, event.sender) };
  const group = new Draft(state, rules);
  if (event.type === 'join') join(group, event);
  else if (event.type === 'sync') sync(group, event);
  else if (event.type === 'leave') leave(group, event.request, event.memberId, event.instanceId);
  else if (event.type === 'session expired') expireSession(group, event.memberId);
  else if (event.type === 'became classic') prepareRebalance(group);
  else if (event.type === 'rebalance timed out') timeOutRebalance(group);
  else group.phase = 'Dead';
  return { state: group.state(), effects: group.effects };
}

/** A state being changed, and the effects of the change. */
class Draft {
  phase;
  generation;
  protocolType;
  protocol;
  leader;
  isForming;
  readonly members: Map<string, Member>;
  readonly pending: Set<string>;
  readonly effects: GroupEffect[] = [];
  readonly rules: GroupRules;

  constructor(from: GroupState, rules: GroupRules) {
    this.phase = from.phase;
    this.generation = from.generation;
    this.protocolType = from.protocolType;
    this.protocol = from.protocol;
    this.leader = from.leader;
    this.isForming = from.isForming;
    this.members = new Map(from.members);
    this.pending = new Set(from.pending);
    this.rules = rules;
  }

  state(): GroupState {
    const { phase, generation, protocolType, protocol, leader, isForming, members, pending } = this;
    return { phase, generation, protocolType, protocol, leader, isForming, members, pending };
  }

  put(member: Member): void {
    this.members.set(member.id, member);
  }

  watch(member: Member): void {
    this.effects.push({ do: 'watch session', memberId: member.id, timeoutMs: member.sessionTimeoutMs });
  }

  refuseJoin(request: RequestToken, errorCode: number, memberId: string): void {
    const answer = { errorCode, memberId, generation: -1, protocolType: null, protocol: null, leader: '', members: [] };
    this.effects.push({ do: 'answer join', request, answer });
  }

  answerSync(request: RequestToken, errorCode: number, assignment: Buffer = NO_ASSIGNMENT): void {
    const { protocolType, protocol } = this;
    this.effects.push({ do: 'answer sync', request, answer: { errorCode, protocolType, protocol, assignment } });
  }
}

/** Why a request of this member is refused, or NONE. */
export function checkMember(state: Pick<GroupState, 'members' | 'generation'>, sender: MemberClaim): number {
  if (sender.instanceId !== null) {
    const current = memberOfInstance(state as GroupState, sender.instanceId);
    if (!current) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (current.id !== sender.memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  if (!state.members.has(sender.memberId)) return ErrorCode.UNKNOWN_MEMBER_ID;
  return sender.generation === state.generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
}

/** Why offsets may not be committed, or NONE. A generation below zero is a client that is not a member. */
export function checkCommit(state: GroupState, sender: MemberClaim, isTransactional: boolean): number {
  if (state.phase === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  if (sender.generation < 0 && state.phase === 'Empty') return ErrorCode.NONE;
  if (sender.generation >= 0 || sender.memberId !== '' || sender.instanceId !== null) {
    if (state.phase === 'Empty' && state.members.size === 0 && !isTransactional) {
      return sender.generation >= 0 ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.UNKNOWN_MEMBER_ID;
    }
    const refusal = checkMember(state, sender);
    if (refusal !== ErrorCode.NONE) return refusal;
  } else if (!isTransactional && state.phase !== 'Empty') {
    return ErrorCode.UNKNOWN_MEMBER_ID;
  }
  if (!isTransactional && state.phase === 'CompletingRebalance') return ErrorCode.REBALANCE_IN_PROGRESS;
  return ErrorCode.NONE;
}

// ── join ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function join(group: Draft, event: JoinEvent): void {
  const { request, memberId, instanceId } = event;
  if (group.phase === 'Dead') return group.refuseJoin(request, ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId);
  if (!isCompatible(group, event)) {
    return group.refuseJoin(request, ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId);
  }
  if (memberId === '') return joinWithoutId(group, event);

  if (instanceId !== null) {
    const current = memberOfInstance(group, instanceId);
    if (!current) return group.refuseJoin(request, ErrorCode.UNKNOWN_MEMBER_ID, memberId);
    if (current.id !== memberId) return group.refuseJoin(request, ErrorCode.FENCED_INSTANCE_ID, memberId);
  }
  if (group.pending.delete(memberId)) return admit(group, event, memberId);
  const member = group.members.get(memberId);
  if (!member) return group.refuseJoin(request, ErrorCode.UNKNOWN_MEMBER_ID, memberId);
  rejoin(group, event, member);
}

function isCompatible(group: Draft, event: JoinEvent): boolean {
  if (event.protocolType === '' || event.protocols.length === 0) return false;
  if (group.members.size === 0) return true;
  if (group.protocolType !== event.protocolType) return false;
  const others = [...group.members.values()].filter(({ id }) => id !== event.memberId);
  return event.protocols.some(({ name }) => others.every((other) => other.protocols.some((p) => p.name === name)));
}

function joinWithoutId(group: Draft, event: JoinEvent): void {
  const { request, newMemberId, instanceId } = event;
  const isKnownInstance = instanceId !== null && memberOfInstance(group, instanceId) !== undefined;
  if (!isKnownInstance && group.members.size + group.pending.size >= GROUP_MEMBERS_MAX) {
    return group.refuseJoin(request, ErrorCode.GROUP_MAX_SIZE_REACHED, '');
  }
  if (instanceId !== null) {
    const replaced = memberOfInstance(group, instanceId);
    return replaced ? replaceStaticMember(group, event, replaced) : admit(group, event, newMemberId);
  }
  if (!event.mustConfirmId) return admit(group, event, newMemberId);
  group.pending.add(newMemberId);
  group.effects.push({ do: 'watch session', memberId: newMemberId, timeoutMs: event.sessionTimeoutMs });
  group.refuseJoin(request, ErrorCode.MEMBER_ID_REQUIRED, newMemberId);
}

function admit(group: Draft, event: JoinEvent, memberId: string): void {
  group.put(memberFrom(event, memberId));
  group.protocolType ??= event.protocolType;
  if (group.members.size === 1) group.protocolType = event.protocolType;
  group.effects.push({ do: 'stop watching session', memberId });
  prepareRebalance(group);
}

function memberFrom(event: JoinEvent, id: string): Member {
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols, request } = event;
  const timeouts = { sessionTimeoutMs, rebalanceTimeoutMs };
  const waiting = { awaitingJoin: request, awaitingSync: null };
  return { id, instanceId, clientId, clientHost, ...timeouts, protocols, assignment: NO_ASSIGNMENT, ...waiting };
}

function rejoin(group: Draft, event: JoinEvent, member: Member): void {
  const changed = !sameProtocols(member.protocols, event.protocols);
  const isLeader = group.leader === member.id;
  // The answer to its join was lost, or a follower joins again without a change: it gets the current generation.
  const isSettled =
    (group.phase === 'CompletingRebalance' && !changed) || (group.phase === 'Stable' && !changed && !isLeader);
  if (isSettled) {
    group.watch(member);
    group.effects.push({ do: 'answer join', request: event.request, answer: generationFor(group, member) });
    return;
  }
  if (member.awaitingJoin !== null) group.refuseJoin(member.awaitingJoin, ErrorCode.UNKNOWN_MEMBER_ID, member.id);
  if (member.awaitingSync !== null) group.answerSync(member.awaitingSync, ErrorCode.REBALANCE_IN_PROGRESS);
  group.put({ ...memberFrom(event, member.id), assignment: member.assignment });
  group.effects.push({ do: 'stop watching session', memberId: member.id });
  prepareRebalance(group);
}

/** A static member returned as a new process: it replaces the old one, without a rebalance where possible. */
function replaceStaticMember(group: Draft, event: JoinEvent, old: Member): void {
  if (old.awaitingJoin !== null) group.refuseJoin(old.awaitingJoin, ErrorCode.FENCED_INSTANCE_ID, old.id);
  if (old.awaitingSync !== null) group.answerSync(old.awaitingSync, ErrorCode.FENCED_INSTANCE_ID);
  group.members.delete(old.id);
  group.effects.push({ do: 'stop watching session', memberId: old.id });
  const wasLeader = group.leader === old.id;
  const member = { ...memberFrom(event, event.newMemberId), assignment: old.assignment };
  group.put(member);
  if (wasLeader) group.leader = member.id;

  if (group.phase === 'Stable' && sameProtocols(old.protocols, event.protocols)) {
    const settled = { ...member, awaitingJoin: null };
    group.put(settled);
    group.effects.push({ do: 'save' });
    group.watch(settled);
    // With the old id as leader it does not compute an assignment, and gets its own by sync.
    const answer = { ...generationFor(group, settled), members: [], leader: wasLeader ? old.id : (group.leader ?? '') };
    group.effects.push({ do: 'answer join', request: event.request, answer });
    return;
  }
  prepareRebalance(group);
}

function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((protocol, i) => protocol.name === b[i]?.name && protocol.metadata.equals(b[i].metadata))
  );
}

// ── rebalance ───────────────────────────────────────────────────────────────────────────────────────────────────────

function prepareRebalance(group: Draft): void {
  if (group.phase !== 'PreparingRebalance') {
    const wasEmpty = group.phase === 'Empty';
    dropAssignments(group);
    group.phase = 'PreparingRebalance';
    const rejoinMs = Math.max(0, ...[...group.members.values()].map((member) => member.rebalanceTimeoutMs));
    group.isForming = wasEmpty && group.rules.initialRebalanceDelayMs > 0;
    const timeoutMs = group.isForming ? group.rules.initialRebalanceDelayMs : rejoinMs;
    group.effects.push({ do: 'watch rebalance', timeoutMs });
  }
  if (haveAllJoined(group)) completeJoin(group);
}

/** Members that wait for an assignment have to join again. */
function dropAssignments(group: Draft): void {
  for (const member of group.members.values()) {
    if (member.awaitingSync !== null) {
      group.answerSync(member.awaitingSync, ErrorCode.REBALANCE_IN_PROGRESS);
      group.watch(member);
      group.put({ ...member, awaitingSync: null });
    }
  }
}

function haveAllJoined(group: Draft): boolean {
  if (group.isForming || group.pending.size > 0) return false;
  for (const member of group.members.values()) if (member.awaitingJoin === null) return false;
  return true;
}

/** All have joined, or the time-out has passed: a new generation of those that did. Static members may join later. */
function completeJoin(group: Draft): void {
  group.effects.push({ do: 'stop watching rebalance' });
  for (const member of group.members.values()) {
    if (member.awaitingJoin === null && member.instanceId === null) {
      group.members.delete(member.id);
      group.effects.push({ do: 'stop watching session', memberId: member.id });
    }
  }
  group.generation++;
  if (group.members.size === 0) return becomeEmpty(group);

  const joined = [...group.members.values()].filter((member) => member.awaitingJoin !== null);
  const leader = joined.find(({ id }) => id === group.leader) ?? joined[0];
  if (!leader) {
    // Only static members, none of which has returned yet: they get another round.
    group.generation--;
    const timeoutMs = Math.max(...[...group.members.values()].map((member) => member.rebalanceTimeoutMs));
    group.effects.push({ do: 'watch rebalance', timeoutMs });
    return;
  }
  group.leader = leader.id;
  group.protocol = electProtocol([...group.members.values()]);
  group.phase = 'CompletingRebalance';
  const syncMs = Math.max(...joined.map((member) => member.rebalanceTimeoutMs));
  group.effects.push({ do: 'watch rebalance', timeoutMs: syncMs });
  for (const member of joined) {
    const request = member.awaitingJoin as RequestToken;
    const waiting = { ...member, awaitingJoin: null, assignment: NO_ASSIGNMENT };
    group.put(waiting);
    group.watch(waiting);
    group.effects.push({ do: 'answer join', request, answer: generationFor(group, waiting) });
  }
}

function becomeEmpty(group: Draft): void {
  group.phase = 'Empty';
  group.protocol = null;
  group.leader = null;
  group.effects.push({ do: 'save' });
}

/** Each member votes for its first protocol that all members know; most votes win. */
function electProtocol(members: readonly Member[]): string | null {
  const shared = (members[0]?.protocols ?? [])
    .map(({ name }) => name)
    .filter((name) => members.every((member) => member.protocols.some((protocol) => protocol.name === name)));
  const votes = new Map<string, number>(shared.map((name) => [name, 0]));
  for (const member of members) {
    const choice = member.protocols.find(({ name }) => votes.has(name))?.name;
    if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1);
  }
  let elected: string | null = null;
  for (const [name, count] of votes) if (elected === null || count > (votes.get(elected) ?? 0)) elected = name;
  return elected;
}

function generationFor(group: Draft, member: Member): JoinAnswer {
  const { generation, protocolType, protocol } = group;
  const isLeader = group.leader === member.id;
  const allMembers = [...group.members.values()].map((other) => ({
    id: other.id,
    instanceId: other.instanceId,
    metadata: subscriptionOf(other, protocol),
  }));
  return {
    errorCode: ErrorCode.NONE,
    memberId: member.id,
    generation,
    protocolType,
    protocol,
    leader: group.leader ?? '',
    members: isLeader ? allMembers : [],
  };
}

function timeOutRebalance(group: Draft): void {
  if (group.phase === 'PreparingRebalance') {
    group.isForming = false;
    completeJoin(group);
  } else if (group.phase === 'CompletingRebalance') {
    // Members that never requested their assignment are removed; the others start over.
    for (const member of group.members.values()) {
      if (member.awaitingSync === null) drop(group, member);
    }
    if (group.members.size > 0) prepareRebalance(group);
    else emptyOut(group);
  }
}

function emptyOut(group: Draft): void {
  group.effects.push({ do: 'stop watching rebalance' });
  group.generation++;
  becomeEmpty(group);
}

// ── sync, heartbeat ─────────────────────────────────────────────────────────────────────────────────────────────────

function sync(group: Draft, event: SyncEvent): void {
  const { request, sender } = event;
  const refusal = group.phase === 'Dead' ? ErrorCode.COORDINATOR_NOT_AVAILABLE : checkMember(group, sender);
  if (refusal !== ErrorCode.NONE) return group.answerSync(request, refusal);
  const otherType = event.protocolType !== null && event.protocolType !== group.protocolType;
  const otherProtocol = event.protocol !== null && event.protocol !== group.protocol;
  if (otherType || otherProtocol) return group.answerSync(request, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);

  const member = group.members.get(sender.memberId) as Member;
  if (group.phase === 'PreparingRebalance') return group.answerSync(request, ErrorCode.REBALANCE_IN_PROGRESS);
  if (group.phase === 'Stable') {
    group.watch(member);
    return group.answerSync(request, ErrorCode.NONE, member.assignment);
  }
  if (group.phase !== 'CompletingRebalance') return group.answerSync(request, ErrorCode.UNKNOWN_MEMBER_ID);

  if (member.awaitingSync !== null) group.answerSync(member.awaitingSync, ErrorCode.UNKNOWN_MEMBER_ID);
  group.put({ ...member, awaitingSync: request });
  group.effects.push({ do: 'stop watching session', memberId: member.id });
  if (group.leader === member.id) assign(group, event.assignments);
}

/** The leader has sent the assignment: the group is stable once its metadata is in the log. */
function assign(group: Draft, assignments: ReadonlyMap<string, Buffer>): void {
  const waiting: Member[] = [];
  for (const member of group.members.values()) {
    const assigned = { ...member, assignment: assignments.get(member.id) ?? NO_ASSIGNMENT };
    if (member.awaitingSync !== null) waiting.push(assigned);
    group.put({ ...assigned, awaitingSync: null });
  }
  group.phase = 'Stable';
  group.effects.push({ do: 'stop watching rebalance' }, { do: 'save' });
  for (const member of waiting) {
    group.watch(member);
    group.answerSync(member.awaitingSync as RequestToken, ErrorCode.NONE, member.assignment);
  }
}

function heartbeat(state: GroupState, request: RequestToken, sender: MemberClaim): GroupEffect[] {
  const refusal = state.phase === 'Dead' ? ErrorCode.COORDINATOR_NOT_AVAILABLE : checkMember(state, sender);
  if (refusal !== ErrorCode.NONE) return [{ do: 'answer', request, errorCode: refusal }];
  const { sessionTimeoutMs } = state.members.get(sender.memberId) as Member;
  const errorCode = state.phase === 'PreparingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  return [
    { do: 'watch session', memberId: sender.memberId, timeoutMs: sessionTimeoutMs },
    { do: 'answer', request, errorCode },
  ];
}

// ── leave, expiry ───────────────────────────────────────────────────────────────────────────────────────────────────

function leave(group: Draft, request: RequestToken, memberId: string, instanceId: string | null): void {
  const answer = (errorCode: number) => void group.effects.push({ do: 'answer', request, errorCode });
  if (group.phase === 'Dead') return answer(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  if (instanceId !== null) {
    const current = memberOfInstance(group, instanceId);
    if (!current) return answer(ErrorCode.UNKNOWN_MEMBER_ID);
    if (memberId !== '' && memberId !== current.id) return answer(ErrorCode.FENCED_INSTANCE_ID);
    remove(group, current);
    return answer(ErrorCode.NONE);
  }
  if (group.pending.has(memberId)) {
    expireSession(group, memberId);
    return answer(ErrorCode.NONE);
  }
  const member = group.members.get(memberId);
  if (!member) return answer(ErrorCode.UNKNOWN_MEMBER_ID);
  remove(group, member);
  answer(ErrorCode.NONE);
}

function expireSession(group: Draft, memberId: string): void {
  if (group.pending.delete(memberId)) {
    group.effects.push({ do: 'stop watching session', memberId });
    if (group.phase === 'PreparingRebalance' && haveAllJoined(group)) completeJoin(group);
    return;
  }
  const member = group.members.get(memberId);
  if (member) remove(group, member);
}

function drop(group: Draft, member: Member): void {
  group.members.delete(member.id);
  group.effects.push({ do: 'stop watching session', memberId: member.id });
  if (member.awaitingJoin !== null) group.refuseJoin(member.awaitingJoin, ErrorCode.UNKNOWN_MEMBER_ID, member.id);
  if (member.awaitingSync !== null) group.answerSync(member.awaitingSync, ErrorCode.UNKNOWN_MEMBER_ID);
}

/** Removes a member and shares its partitions among the rest. */
function remove(group: Draft, member: Member): void {
  drop(group, member);
  if (group.phase === 'Stable' || group.phase === 'CompletingRebalance') {
    if (group.members.size > 0 || group.pending.size > 0) prepareRebalance(group);
    else emptyOut(group);
  } else if (group.phase === 'PreparingRebalance' && haveAllJoined(group)) {
    completeJoin(group);
  }
}
