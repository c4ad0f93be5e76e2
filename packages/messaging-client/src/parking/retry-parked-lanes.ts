import { backoffMs } from '../backoff.ts';
import { partitionName } from '../consume/held-partition.ts';
import type { HeldPartition } from '../consume/held-partition.ts';
import type { LaneOutcome, Lanes } from '../consume/lanes.ts';
import type { Course, ProcessOutcome } from '../consume/process-record.ts';
import { DATABASE_RETRY_MS, PARKED_LANES_AT_ONCE_MAX, PARKED_POLL_MS, PARKED_TURN_RECORDS_MAX } from '../limits.ts';
import type { Lane } from './lane.ts';
import type { ParkedHead, ParkedRecords } from './parked-records.ts';

export interface ParkedLanesOptions {
  readonly records: ParkedRecords;
  readonly held: () => HeldPartition[];
  readonly lanes: Lanes;
  readonly process: (held: HeldPartition, head: ParkedHead, course: Course) => Promise<ProcessOutcome>;
}

/**
 * Looks for parked lanes whose head is due and has them tried, in the same lanes as incoming records: those come behind
 * it, and are parked unless the lane is empty by then.
 */
export class ParkedLanesAtWork {
  readonly #options: ParkedLanesOptions;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  /** More lanes are due than may be at work at once. */
  #more = false;

  constructor(options: ParkedLanesOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), PARKED_POLL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#timer === undefined) return;
    const open = new Map(
      this.#options
        .held()
        .filter(({ isOpen }) => isOpen)
        .map((held) => [held.name, held]),
    );
    const atWork = [...open.values()].reduce((count, { retrying }) => count + retrying.size, 0);
    if (open.size === 0 || atWork >= PARKED_LANES_AT_ONCE_MAX) return;
    this.#looking = true;
    try {
      // Those at work are due as well, and may be the first that are found.
      const limit = 2 * PARKED_LANES_AT_ONCE_MAX;
      const due = await this.#options.records.dueLanes([...open.values()], limit);
      this.#more = due.length === limit;
      const places = due.map((lane) => ({ lane, held: open.get(partitionName(lane))! }));
      const waiting = places.filter(({ lane, held }) => !held.isClosed && !held.retrying.has(held.laneOf(lane.key)));
      for (const { lane, held } of waiting.slice(0, PARKED_LANES_AT_ONCE_MAX - atWork)) this.#retry(held, lane);
    } catch {
      // The database is away. The next look is soon.
    } finally {
      this.#looking = false;
    }
  }

  #retry(held: HeldPartition, lane: Lane): void {
    const name = held.laneOf(lane.key);
    held.retrying.add(name);
    let handled = 0;
    let attempt = 0;
    this.#options.lanes.add(name, {
      owner: held.name,
      // One record at a time, of few lanes.
      bytes: 0,
      run: async () => {
        attempt += 1;
        try {
          const outcome = await this.#tryHead(held, lane);
          if (outcome !== 'next') return outcome;
        } catch {
          return { retryInMs: backoffMs(attempt, DATABASE_RETRY_MS) };
        }
        handled += 1;
        attempt = 0;
        return handled < PARKED_TURN_RECORDS_MAX ? { retryInMs: 0 } : { done: true };
      },
      finished: () => {
        held.retrying.delete(name);
        if (this.#more) void this.#look();
      },
    });
  }

  async #tryHead(held: HeldPartition, lane: Lane): Promise<LaneOutcome | 'next'> {
    if (held.isClosed) return { done: true };
    const { due, parked } = await this.#options.records.look(lane);
    if (parked) held.park(lane.key);
    else held.release(lane.key);
    if (due === undefined) return { done: true };
    const outcome = await this.#options.process(held, due, { failures: due.failures, head: due });
    if ('retryInMs' in outcome) return outcome;
    return outcome.laneParked === true ? { done: true } : 'next';
  }
}
