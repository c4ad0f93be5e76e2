import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../wire/error-code.ts';
import { checkCommit, reduceGroup } from './group-reducer.ts';
import { EMPTY_GROUP } from './group-state.ts';
import type { GroupEffect, GroupEvent, GroupState, JoinAnswer, SyncAnswer } from './group-state.ts';

// Random interleavings of everything that can happen to a group, with simulated members that behave like clients: they
// know only their own answers, which may be late, and they crash, leave and return. What must hold:
//
// - the generation number never decreases, and all members of a generation get the same leader and protocol;
// - no partition has two owners in one generation;
// - a commit is accepted only from members of the current generation, so that none overwrites a newer owner's;
// - every request is answered once, at the latest when the timers have expired;
// - without further disturbance, the group becomes stable with all members.

const PARTITIONS = 6;
const RULES = { initialRebalanceDelayMs: 0 };

interface SimulatedMember {
  memberId: string;
  readonly instanceId: string | null;
  generation: number;
  leader: string;
  others: string[];
  waitsFor: number | undefined;
  step: 'out' | 'joining' | 'joined' | 'syncing' | 'in';
  owned: number[];
}

class Simulation {
  state: GroupState = EMPTY_GROUP;
  readonly members: SimulatedMember[];
  private readonly pending = new Map<number, { member: SimulatedMember; answered: (answer: unknown) => void }>();
  private readonly sessions = new Set<string>();
  private rebalanceTimer = false;
  private nextRequest = 1;
  private readonly leaderOf = new Map<number, string>();

  constructor(instances: readonly (string | null)[]) {
    this.members = instances.map((instanceId) => ({
      memberId: '',
      instanceId,
      generation: -1,
      leader: '',
      others: [],
      waitsFor: undefined,
      step: 'out',
      owned: [],
    }));
  }

  private feed(event: GroupEvent): void {
    const before = this.state;
    const { state, effects } = reduceGroup(before, event, RULES);
    assert(state.generation >= before.generation, 'the generation never decreases');
    this.state = state;
    for (const effect of effects) this.apply(effect);
    this.checkOwners();
  }

  private apply(effect: GroupEffect): void {
    if (effect.do === 'watch session') this.sessions.add(effect.memberId);
    else if (effect.do === 'stop watching session') this.sessions.delete(effect.memberId);
    else if (effect.do === 'watch rebalance') this.rebalanceTimer = true;
    else if (effect.do === 'stop watching rebalance') this.rebalanceTimer = false;
    else if (effect.do !== 'save') {
      const waiting = this.pending.get(effect.request);
      assert(waiting, 'a request is answered once');
      this.pending.delete(effect.request);
      waiting.answered(effect.do === 'answer' ? effect.errorCode : effect.answer);
    }
  }

  /** In a settled group each partition belongs to at most one member. */
  private checkOwners(): void {
    if (this.state.phase !== 'Stable') return;
    const owned = [...this.state.members.values()].flatMap(({ assignment }) => [...assignment]);
    assert.equal(new Set(owned).size, owned.length, 'no partition has two owners');
  }

  private request(member: SimulatedMember, answered: (answer: unknown) => void): number {
    const request = this.nextRequest++;
    this.pending.set(request, { member, answered });
    return request;
  }

  join(member: SimulatedMember, metadata: number): void {
    if (member.step === 'joining' || member.step === 'syncing') return;
    member.step = 'joining';
    const request = this.request(member, (answer) => this.joined(member, answer as JoinAnswer, metadata, request));
    member.waitsFor = request;
    this.feed({
      type: 'join',
      request,
      memberId: member.memberId,
      instanceId: member.instanceId,
      newMemberId: `member-${request}`,
      mustConfirmId: true,
      clientId: 'c',
      clientHost: 'h',
      sessionTimeoutMs: 10,
      rebalanceTimeoutMs: 20,
      protocolType: 'consumer',
      protocols: [
        { name: 'range', metadata: Buffer.from([metadata]) },
        { name: 'sticky', metadata: Buffer.alloc(0) },
      ],
    });
  }

  private joined(member: SimulatedMember, answer: JoinAnswer, metadata: number, request: number): void {
    if (answer.errorCode === ErrorCode.NONE) {
      const known = this.leaderOf.get(answer.generation);
      // A static leader that returned gets its old id as leader, so that it does not assign again.
      if (member.instanceId === null && known !== undefined && answer.members.length > 0) {
        assert.equal(answer.leader, known, 'one leader in a generation');
      }
      if (answer.members.length > 0) this.leaderOf.set(answer.generation, answer.leader);
    }
    if (member.waitsFor !== request) return; // the client has been replaced by another process
    member.waitsFor = undefined;
    member.step = 'out';
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      member.memberId = answer.memberId;
      // The answer has to arrive before the client can send again.
      queue.push(() => this.join(member, metadata));
    } else if (answer.errorCode === ErrorCode.NONE) {
      member.memberId = answer.memberId;
      member.generation = answer.generation;
      member.leader = answer.leader;
      member.others = answer.members.map(({ id }) => id);
      member.step = 'joined';
      member.owned = [];
    } else {
      member.memberId = '';
    }
  }

  sync(member: SimulatedMember): void {
    if (member.step !== 'joined') return;
    member.step = 'syncing';
    const isLeader = member.leader === member.memberId;
    const shares = isLeader ? this.share(member.others) : new Map<string, Buffer>();
    const request = this.request(member, (answer) => {
      if (member.waitsFor !== request) return;
      const { errorCode, assignment } = answer as SyncAnswer;
      member.waitsFor = undefined;
      member.step = errorCode === ErrorCode.NONE ? 'in' : 'out';
      member.owned = [...assignment];
      if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) member.memberId = '';
    });
    member.waitsFor = request;
    this.feed({
      type: 'sync',
      request,
      sender: this.claim(member),
      protocolType: 'consumer',
      protocol: null,
      assignments: shares,
    });
  }

  private share(members: readonly string[]): Map<string, Buffer> {
    const shares = new Map<string, number[]>(members.map((id) => [id, []]));
    for (let p = 0; p < PARTITIONS; p++) shares.get(members[p % members.length] ?? '')?.push(p);
    return new Map([...shares].map(([id, partitions]) => [id, Buffer.from(partitions)]));
  }

  claim({ memberId, instanceId, generation }: SimulatedMember) {
    return { memberId, instanceId, generation };
  }

  heartbeat(member: SimulatedMember): void {
    if (member.memberId === '' || member.waitsFor !== undefined) return;
    const request = this.request(member, (errorCode) => {
      if (errorCode === ErrorCode.NONE) return;
      member.step = 'out';
      if (errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) member.memberId = '';
    });
    this.feed({ type: 'heartbeat', request, sender: this.claim(member) });
  }

  commit(member: SimulatedMember): void {
    if (member.generation < 0 || member.memberId === '') return;
    const refusal = checkCommit(this.state, this.claim(member), false);
    if (refusal !== ErrorCode.NONE) return;
    assert.equal(member.generation, this.state.generation, 'commits only in the current generation');
    const current = this.state.members.get(member.memberId);
    assert(current, 'commits only by members');
  }

  leave(member: SimulatedMember): void {
    if (member.memberId === '') return;
    const request = this.request(member, () => {});
    this.feed({ type: 'leave', request, memberId: member.memberId, instanceId: null });
    this.forget(member);
  }

  /** The process crashes: its answers are lost, and the next one starts without any state. */
  forget(member: SimulatedMember): void {
    member.memberId = '';
    member.waitsFor = undefined;
    member.step = 'out';
    member.owned = [];
  }

  expire(member: SimulatedMember): void {
    if (this.sessions.delete(member.memberId)) this.feed({ type: 'session expired', memberId: member.memberId });
  }

  timeOut(): void {
    if (!this.rebalanceTimer) return;
    this.rebalanceTimer = false;
    this.feed({ type: 'rebalance timed out' });
  }

  /** All clients behave as healthy ones and abandoned members expire, until nothing changes. */
  settle(): void {
    for (let round = 0; round < 30; round++) {
      const played = new Set(this.members.map(({ memberId }) => memberId));
      for (const id of Array.from(this.sessions)) {
        if (played.has(id) || !this.sessions.delete(id)) continue;
        this.feed({ type: 'session expired', memberId: id });
      }
      for (const member of this.members) {
        this.heartbeat(member);
        if (member.step === 'out') this.join(member, 0);
        drain();
      }
      for (const member of this.members) this.sync(member);
      const isAlone = this.state.members.size === this.members.length;
      if (isAlone && this.members.every((member) => member.step === 'in')) return;
      if (this.members.every((member) => member.waitsFor !== undefined || member.step === 'in')) this.timeOut();
      drain();
    }
  }

  get waiting(): number {
    return this.pending.size;
  }
}

const queue: (() => void)[] = [];

function drain(): void {
  for (let next = queue.shift(); next; next = queue.shift()) next();
}

const action = fc.record({
  actor: fc.nat(3),
  what: fc.constantFrom(
    'join',
    'rejoin',
    'sync',
    'heartbeat',
    'commit',
    'leave',
    'crash',
    'expire',
    'timeout',
    'deliver',
  ),
});

describe('a consumer group under any interleaving', () => {
  it('keeps one generation, one owner per partition, no stale commit, and becomes stable when undisturbed', () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        (actions, statics) => {
          queue.length = 0;
          const simulation = new Simulation(statics.map((isStatic, i) => (isStatic ? `instance-${i}` : null)));
          for (const { actor, what } of actions) {
            const member = simulation.members[actor] as SimulatedMember;
            if (what === 'join') simulation.join(member, 0);
            else if (what === 'rejoin') simulation.join(member, 1);
            else if (what === 'sync') simulation.sync(member);
            else if (what === 'heartbeat') simulation.heartbeat(member);
            else if (what === 'commit') simulation.commit(member);
            else if (what === 'leave') simulation.leave(member);
            else if (what === 'crash') simulation.forget(member);
            else if (what === 'expire') simulation.expire(member);
            else if (what === 'timeout') simulation.timeOut();
            else queue.shift()?.();
          }
          drain();
          simulation.settle();
          expect(simulation.state.phase).toBe('Stable');
          expect(simulation.state.members.size).toBe(4);
          expect(simulation.members.flatMap(({ owned }) => owned).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
          expect(simulation.waiting).toBe(0);
        },
      ),
      { numRuns: Number(process.env.GROUP_RUNS ?? 500) },
    );
  });
});
