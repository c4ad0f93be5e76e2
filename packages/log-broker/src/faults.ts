/** What to do with a request instead of, or before, answering it. */
export type FaultAction =
  /** Answer so much later, in milliseconds. */
  | { readonly do: 'delay'; readonly ms: number }
  /** Do the work, then close the connection instead of answering: the client cannot know that it was done. */
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
 * Faults on purpose, for tests of what talks to the broker. Part of `startBroker`'s result, never reachable by the
 * network.
 *
 * ```ts
 * const broker = await startBroker({ data, listen: { port: 0 } });
 * broker.faults.on(0, { do: 'drop answer' });  // the next produce is written, its answer lost
 * broker.faults.on(1, { do: 'delay', ms: 500 }, 3); // the next three fetches are slow
 * broker.faults.expireSession('mailers', memberId); // as if nothing had been heard of it
 * broker.faults.clear();
 * ```
 *
 * Torn writes and full disks: give `startBroker` a `MemoryFileSystem` as `files` and set its `tearNextWriteAfter` or
 * `capacityBytes`.
 */
export class Faults {
  private faults: Fault[] = [];
  private readonly expire: (groupId: string, memberId: string) => void;

  constructor(expire: (groupId: string, memberId: string) => void) {
    this.expire = expire;
  }

  /** The next `times` requests with this key suffer `action`. Keys are Kafka's: 0 produce, 1 fetch, 8 offset commit … */
  on(key: number, action: FaultAction, times = 1): void {
    this.faults.push({ key, action, left: times });
  }

  clear(): void {
    this.faults = [];
  }

  /** Ends a member's session now, as if its time-out had passed. */
  expireSession(groupId: string, memberId: string): void {
    this.expire(groupId, memberId);
  }

  /** The fault that meets this request, which is used up by it. */
  take(key: number): FaultAction | undefined {
    const fault = this.faults.find((each) => each.key === key);
    if (!fault) return undefined;
    fault.left--;
    if (fault.left <= 0) this.faults = this.faults.filter((each) => each !== fault);
    return fault.action;
  }
}
