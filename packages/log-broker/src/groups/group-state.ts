// What a consumer group is, and what can happen to it. The rules are in group-reducer.ts, which works on these
// values alone: no clock, no timer, no socket, no disk.

/**
 * - `Empty`: no members, perhaps committed offsets;
 * - `PreparingRebalance`: waits for every member to join again;
 * - `CompletingRebalance`: a new generation has formed and waits for its leader's assignment;
 * - `Stable`: every member has its partitions;
 * - `Dead`: deleted.
 */
export type GroupPhase = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface Member {
  readonly id: string;
  /** Set for static members, which keep their place over a restart (KIP-345). */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Assignment strategies of the member in its order of preference, each with the member's subscription. */
  readonly protocols: readonly Protocol[];
  /** What the leader assigned to it, in the clients' own encoding. */
  readonly assignment: Buffer;
  /** Its join request that waits for the others, if any. */
  readonly awaitingJoin: RequestToken | null;
  /** Its sync request that waits for the leader's, if any. */
  readonly awaitingSync: RequestToken | null;
}

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** Identifies a request that may be answered later. */
export type RequestToken = number;

export interface GroupState {
  readonly phase: GroupPhase;
  /** Counts rebalances. Requests of a member of an older generation are refused. */
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: string | null;
  /** The first rebalance of an empty group waits a moment for more members, even when all known ones have joined. */
  readonly isForming: boolean;
  readonly members: ReadonlyMap<string, Member>;
  /** Ids given out with MEMBER_ID_REQUIRED that have not joined yet. A rebalance waits for them. */
  readonly pending: ReadonlySet<string>;
}

export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

export const EMPTY_GROUP: GroupState = {
  phase: 'Empty',
  generation: 0,
  protocolType: null,
  protocol: null,
  leader: null,
  isForming: false,
  members: new Map(),
  pending: new Set(),
};

export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | { readonly type: 'heartbeat'; readonly request: RequestToken; readonly sender: MemberClaim }
  | {
      readonly type: 'leave';
      readonly request: RequestToken;
      readonly memberId: string;
      readonly instanceId: string | null;
    }
  /** The member has sent nothing for its session time-out. */
  | { readonly type: 'session expired'; readonly memberId: string }
  /** The group was a consumer group until now: its members have to join again. */
  | { readonly type: 'became classic' }
  /** The time to join again, or for the leader to assign, has passed. */
  | { readonly type: 'rebalance timed out' }
  | { readonly type: 'delete' };

/** What identifies a member in each request. */
export interface MemberClaim {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
}

export interface JoinEvent {
  readonly type: 'join';
  readonly request: RequestToken;
  /** Empty for a member that has no id yet. */
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The id it will get if it needs one. */
  readonly newMemberId: string;
  /** Whether a new member must join a second time with the id it is given (KIP-394, from Join v4 on). */
  readonly mustConfirmId: boolean;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
}

export interface SyncEvent {
  readonly type: 'sync';
  readonly request: RequestToken;
  readonly sender: MemberClaim;
  /** Null where the request's version does not carry them. */
  readonly protocolType: string | null;
  readonly protocol: string | null;
  /** From the leader: what each member gets. */
  readonly assignments: ReadonlyMap<string, Buffer>;
}

export interface JoinAnswer {
  readonly errorCode: number;
  readonly memberId: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: string;
  /** For the leader only: the subscriptions of all members. */
  readonly members: readonly { readonly id: string; readonly instanceId: string | null; readonly metadata: Buffer }[];
}

export interface SyncAnswer {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly assignment: Buffer;
}

/** What the coordinator has to do, in this order, after an event. */
export type GroupEffect =
  | { readonly do: 'answer join'; readonly request: RequestToken; readonly answer: JoinAnswer }
  | { readonly do: 'answer sync'; readonly request: RequestToken; readonly answer: SyncAnswer }
  | { readonly do: 'answer'; readonly request: RequestToken; readonly errorCode: number }
  /** (Re)start the member's session timer. */
  | { readonly do: 'watch session'; readonly memberId: string; readonly timeoutMs: number }
  | { readonly do: 'stop watching session'; readonly memberId: string }
  | { readonly do: 'watch rebalance'; readonly timeoutMs: number }
  | { readonly do: 'stop watching rebalance' }
  /** Write the group's metadata to the log, before any of the effects that follow in the list. */
  | { readonly do: 'save' };

export function memberOfInstance(state: GroupState, instanceId: string): Member | undefined {
  for (const member of state.members.values()) if (member.instanceId === instanceId) return member;
  return undefined;
}

export function subscriptionOf(member: Member, protocol: string | null): Buffer {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? NO_ASSIGNMENT;
}
