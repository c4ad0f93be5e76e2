import type { ProcessOutcome } from './process-record.ts';

/** What became of the records of one lane in a batch: the first so many are done, and the next is tried again or not yet. */
export interface LaneResult {
  done: number;
  retryInMs?: number;
  laneParked?: true;
}

/**
 * Which of its records a batch failed for is not to be found by trying halves of it, as when it has timed out: each would
 * take as long. They are to be tried alone, beside each other.
 */
export class BatchToBeTakenApart extends Error {}

export interface BatchWork<Item> {
  /** All or nothing. */
  together(items: readonly Item[]): Promise<void>;
  /** Decides over a record that fails by itself. */
  failed(item: Item, error: unknown): Promise<ProcessOutcome>;
}

/**
 * Handles the records of several lanes together. When that fails, in halves, until those are found that fail by
 * themselves; whatever comes behind one of those in its lane waits for its decision.
 */
export async function splitBatch<Item>(
  lanes: ReadonlyArray<readonly Item[]>,
  { together, failed }: BatchWork<Item>,
): Promise<LaneResult[]> {
  const results = lanes.map((): LaneResult => ({ done: 0 }));
  const stopped = new Set<number>();

  async function work(entries: ReadonlyArray<{ lane: number; item: Item }>): Promise<void> {
    const live = entries.filter(({ lane }) => !stopped.has(lane));
    if (live.length === 0) return;
    try {
      await together(live.map(({ item }) => item));
      for (const { lane } of live) results[lane]!.done += 1;
    } catch (error) {
      if (live.length > 1 && error instanceof BatchToBeTakenApart) {
        for (const { lane } of live) {
          results[lane]!.retryInMs = 0;
          stopped.add(lane);
        }
      } else if (live.length > 1) {
        const half = Math.ceil(live.length / 2);
        await work(live.slice(0, half));
        await work(live.slice(half));
      } else {
        await decide(live[0]!, error);
      }
    }
  }

  async function decide({ lane, item }: { lane: number; item: Item }, error: unknown): Promise<void> {
    const outcome = await failed(item, error);
    if ('done' in outcome) results[lane]!.done += 1;
    else results[lane]!.retryInMs = outcome.retryInMs;
    if ('done' in outcome && outcome.laneParked === true) results[lane]!.laneParked = true;
    if (!('done' in outcome) || outcome.laneParked === true) stopped.add(lane);
  }

  await work(lanes.flatMap((items, lane) => items.map((item) => ({ lane, item }))));
  return results;
}
