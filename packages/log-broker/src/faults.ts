/** What has a coordinator: a consumer group, or a transactional id. */
export interface Coordinated {
  readonly type: 'group' | 'transaction';
  readonly id: string;
}

/** What to do with a request instead of, or before, answering it. */
export type FaultAction =
  /** Do nothing and answer with this error code of the protocol, for each item that the request names. */
  | { readonly do: 'error'; readonly code: number }
  /** Answer with this delay, in milliseconds. */
  | { readonly do: 'delay'; readonly ms: number }
  /** Do the work, and answer when `until` settles. */
  | {
      readonly do: 'hold';
      readonly until: Promise<unknown>;
      /** Called when the work is done. */
      readonly reached: () => void;
    }
  /** Do the work, then close the connection instead of answering: the client cannot know the result. */
  | { readonly do: 'drop answer' }
  /** Close the connection without doing anything. */
  | { readonly do: 'drop request' }
  /** Do the work, send only so many bytes of the answer, then close. */
  | { readonly do: 'split answer'; readonly bytes: number };

interface Fault {
  readonly key: number;
  readonly action: FaultAction;
  left: number;
}

/**
 * Fault injection, for tests of the broker's clients. Part of `startBroker`'s result, not reachable over the network.
 *
 * ```ts
 * const broker = await startBroker({ data, listen: { port: 0 } });
 * broker.faults.on(0, { do: 'drop answer' });  // the next produce is written, its answer lost
 * broker.faults.on(0, { do: 'error', code: 6 }); // the next produce is refused: NOT_LEADER_OR_FOLLOWER
 * broker.faults.on(1, { do: 'delay', ms: 500 }, 3); // the next three fetches are slow
 * broker.faults.expireSession('mailers', memberId); // as if it had sent no heartbeat
 * broker.faults.moveCoordinator('group', 'mailers'); // NOT_COORDINATOR until a client looks it up again
 * broker.faults.clear();
 * ```
 *
 * Torn writes and full disks: give `startBroker` a `MemoryFileSystem` as `files` and set its `tearNextWriteAfter` or
 * `capacityBytes`.
 */
export class Faults {
  private faults: Fault[] = [];
  private moved: Coordinated[] = [];
  private readonly expire: (groupId: string, memberId: string) => void;

  constructor(expire: (groupId: string, memberId: string) => void) {
    this.expire = expire;
  }

  /** Applies `action` to the next `times` requests with this key. Keys are Kafka's: 0 produce, 1 fetch, 8 offset commit … */
  on(key: number, action: FaultAction, times = 1): void {
    this.faults.push({ key, action, left: times });
  }

  /** Removes all faults. */
  clear(): void {
    this.faults = [];
    this.moved = [];
  }

  /** Ends a member's session now, as if its time-out had passed. */
  expireSession(groupId: string, memberId: string): void {
    this.expire(groupId, memberId);
  }

  /**
   * As if another broker had taken over the group or the transactional id: requests about it are refused with
   * NOT_COORDINATOR until a client looks up the coordinator. Its state is kept.
   */
  moveCoordinator(type: Coordinated['type'], id: string): void {
    this.moved.push({ type, id });
  }

  get hasMovedCoordinators(): boolean {
    return this.moved.length > 0;
  }

  /** Whether requests about it are refused. */
  hasMoved(coordinated: Coordinated): boolean {
    return this.moved.some((moved) => isSame(coordinated, moved));
  }

  /** A client has looked the coordinator up: requests about it are answered again. */
  foundCoordinator(found: Coordinated): void {
    this.moved = this.moved.filter((each) => !isSame(each, found));
  }

  /** The next fault for this key, removed after its last use. */
  take(key: number): FaultAction | undefined {
    const fault = this.faults.find((each) => each.key === key);
    if (!fault) return undefined;
    fault.left--;
    if (fault.left <= 0) this.faults = this.faults.filter((each) => each !== fault);
    return fault.action;
  }
}

function isSame(one: Coordinated, other: Coordinated): boolean {
  return one.type === other.type && one.id === other.id;
}
