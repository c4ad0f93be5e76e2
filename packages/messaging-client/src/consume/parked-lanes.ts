import { backoffMs } from '../backoff.ts';
import { partitionName } from './held-partition.ts';
import type { HeldPartition } from './held-partition.ts';
import type { Lanes } from './lanes.ts';
import { keyWaits, retryIn } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { Delivery } from './delivery.ts';
import {
  DATABASE_RETRY_MS,
  PARKED_KEYS_REMEMBERED_AGAIN,
  PARKED_LANES_AT_ONCE_MAX,
  PARKED_POLL_MS,
  PARKED_TURN_RECORDS_MAX,
  PARKED_WATCH_MS,
} from '../limits.ts';
import type { Lane } from '../parking/lane.ts';
import type { ParkedHead, ParkedRecords } from '../parking/parked-records.ts';
import type { ParkedWatch } from '../parking/parked-watch.ts';

export interface ParkedLanesParts {
  readonly records: ParkedRecords;
  readonly held: () => HeldPartition[];
  readonly lanes: Lanes;
  readonly attempt: (delivery: Delivery) => Promise<Outcome> | Outcome;
  /** Gives up a record that has waited for too long behind a dead letter. */
  readonly expire: (delivery: Delivery) => Promise<Outcome>;
  readonly watch: ParkedWatch;
  /** How long records of each event may wait. */
  readonly ages: () => ReadonlyMap<string, number>;
}

/** Nothing more is due in it now; what became of its records is on record with each. */
const LANE_DONE: Outcome = { is: 'handled' };

/**
 * Looks for parked records that are due and attempts them, each in the lane of its key: a record that is fetched meanwhile
 * waits behind it, and is parked unless the key is free by then.
 */
export class ParkedLanes {
  readonly #parts: ParkedLanesParts;
  #timer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #watching = false;
  #looking = false;
  /** More lanes are due than may run at once. */
  #more = false;

  constructor(parts: ParkedLanesParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), PARKED_POLL_MS);
    this.#watchTimer = setInterval(() => void this.#watch(), PARKED_WATCH_MS);
    void this.#watch();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearInterval(this.#watchTimer);
    this.#timer = undefined;
  }

  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    await this.#parts.watch.look(this.#parts.ages());
    await this.#remember().catch(() => undefined);
    await this.#expire().catch(() => undefined);
    this.#watching = false;
  }

  async #remember(): Promise<void> {
    const { records, held } = this.#parts;
    for (const one of held().filter(({ isOpen, remembersParked }) => isOpen && !remembersParked)) {
      await one.remember(async () => records.parkedKeys(one.topic, one.partition, PARKED_KEYS_REMEMBERED_AGAIN));
    }
  }

  /** Gives up what has waited for too long behind a dead letter. Other lanes attempt their first record, which gives it up. */
  async #expire(): Promise<void> {
    const open = this.#open();
    if (open.size === 0) return;
    const { records, ages } = this.#parts;
    for (const lane of await records.expiredLanes([...open.values()], ages(), PARKED_LANES_AT_ONCE_MAX)) {
      const held = open.get(partitionName(lane))!;
      if (!held.isClosed && !held.retrying.has(held.laneOf(lane.key))) this.#retry(held, lane);
    }
  }

  #open(): Map<string, HeldPartition> {
    const open = this.#parts.held().filter(({ isOpen }) => isOpen);
    return new Map(open.map((held) => [held.name, held]));
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#timer === undefined) return;
    const open = this.#open();
    const running = [...open.values()].reduce((count, { retrying }) => count + retrying.size, 0);
    if (open.size === 0 || running >= PARKED_LANES_AT_ONCE_MAX) return;
    this.#looking = true;
    try {
      // Those that are running are due as well, and may be the first that are found.
      const limit = 2 * PARKED_LANES_AT_ONCE_MAX;
      const due = await this.#parts.records.dueLanes([...open.values()], limit);
      this.#more = due.length === limit;
      const places = due.map((lane) => ({ lane, held: open.get(partitionName(lane))! }));
      const waiting = places.filter(({ lane, held }) => !held.isClosed && !held.retrying.has(held.laneOf(lane.key)));
      for (const { lane, held } of waiting.slice(0, PARKED_LANES_AT_ONCE_MAX - running)) this.#retry(held, lane);
    } catch {
      // The database is unavailable. The next look is soon.
    } finally {
      this.#looking = false;
    }
  }

  #retry(held: HeldPartition, lane: Lane): void {
    const name = held.laneOf(lane.key);
    held.retrying.add(name);
    let handled = 0;
    let attempt = 0;
    this.#parts.lanes.add(name, {
      owner: held.name,
      // One record at a time, of few lanes.
      bytes: 0,
      run: async () => {
        attempt += 1;
        try {
          const outcome = await this.#attemptHead(held, lane);
          if (outcome !== 'next') return outcome;
        } catch {
          return retryIn(backoffMs(attempt, DATABASE_RETRY_MS));
        }
        handled += 1;
        attempt = 0;
        return handled < PARKED_TURN_RECORDS_MAX ? retryIn(0) : LANE_DONE;
      },
      finished: () => {
        held.retrying.delete(name);
        if (this.#more) void this.#look();
      },
    });
  }

  async #attemptHead(held: HeldPartition, lane: Lane): Promise<Outcome | 'next'> {
    if (held.isClosed) return LANE_DONE;
    const { head, isDue, isHeld, parked } = await this.#parts.records.look(lane);
    if (parked) held.park(lane.key);
    else held.release(lane.key);
    if (head === undefined) return LANE_DONE;
    const delivery = new Delivery(held, head.message, head);
    if (isHeld && this.#isExpired(head)) {
      const outcome = await this.#parts.expire(delivery);
      return outcome.is === 'retry' ? outcome : 'next';
    }
    if (!isDue) return LANE_DONE;
    const outcome = await this.#parts.attempt(delivery);
    if (outcome.is === 'retry') return outcome;
    return keyWaits(outcome) ? LANE_DONE : 'next';
  }

  #isExpired({ event, parkedForMs }: ParkedHead): boolean {
    return parkedForMs >= (this.#parts.ages().get(event ?? '') ?? Number.POSITIVE_INFINITY);
  }
}
