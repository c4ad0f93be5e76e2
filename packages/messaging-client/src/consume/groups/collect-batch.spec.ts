import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliveryOf, openPartition } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import type { Delivery } from '../delivery.ts';
import { DeliveryJob } from '../delivery-job.ts';
import type { DeliveryWork } from '../delivery-job.ts';
import { HANDLED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { BatchCollector } from './collect-batch.ts';
import type { GroupHandler } from './handle-group.ts';

const WAIT_MS = 1_000;
const event = newTestEvent();
const held = openPartition(event);

function laneOf(records: number): DeliveryJob[] {
  return Array.from({ length: records }, (_, n) => {
    const { message } = deliveryOf(held, event, { key: 'a', n });
    return new DeliveryJob(held, { ...message, bytes: 100 }, {} as DeliveryWork, {
      offset: 1n,
      isFinished: false,
    });
  });
}

interface Call {
  readonly lanes: ReadonlyArray<readonly Delivery[]>;
  readonly end: PromiseWithResolvers<Outcome[][]>;
}

let calls: Call[];
let collector: BatchCollector;
beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  const handle: GroupHandler['handle'] = (lanes) => {
    const end = Promise.withResolvers<Outcome[][]>();
    calls.push({ lanes, end });
    return end.promise;
  };
  collector = new BatchCollector({ max: 4, waitMs: WAIT_MS }, { handle } as GroupHandler);
});
afterEach(() => void vi.useRealTimers());

const sizes = (): number[][] => calls.map(({ lanes }) => lanes.map(({ length }) => length));

async function endLast(): Promise<void> {
  const { lanes, end } = calls.at(-1)!;
  end.resolve(lanes.map((lane) => lane.map(() => HANDLED)));
  await vi.advanceTimersByTimeAsync(0);
}

describe('a batch', () => {
  it('is handled as soon as there are enough records', () => {
    void collector.run(laneOf(3));
    expect(sizes()).toEqual([]);
    void collector.run(laneOf(1));
    expect(sizes()).toEqual([[3, 1]]);
  });

  it('of fewer is handled when the first has waited for waitMs', async () => {
    const first = collector.run(laneOf(1));
    await vi.advanceTimersByTimeAsync(WAIT_MS / 2);
    void collector.run(laneOf(1));
    await vi.advanceTimersByTimeAsync(WAIT_MS / 2 - 1);
    expect(sizes()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes()).toEqual([[1, 1]]);
    await endLast();
    expect(await first).toEqual([HANDLED]);
  });

  it('has the records of a key together, and leaves a key that does not fit to the next', async () => {
    void collector.run(laneOf(3));
    void collector.run(laneOf(2));
    expect(sizes()).toEqual([[3]]);
    await endLast();
    await vi.advanceTimersByTimeAsync(WAIT_MS);
    expect(sizes()).toEqual([[3], [2]]);
  });

  it('waits for the one before it, and is handled at once after that when it is full', async () => {
    for (let n = 0; n < 10; n += 1) void collector.run(laneOf(1));
    await vi.advanceTimersByTimeAsync(WAIT_MS);
    expect(calls).toHaveLength(1);
    await endLast();
    expect(sizes().map(({ length }) => length)).toEqual([4, 4]);
  });

  it('that rejects fails its own records, and the next is handled', async () => {
    const failing = collector.run(laneOf(4)).catch((error: unknown) => error);
    const next = collector.run(laneOf(4));
    calls[0]!.end.reject(new Error('a bug'));
    expect(await failing).toMatchObject({ message: 'a bug' });
    await vi.advanceTimersByTimeAsync(0);
    await endLast();
    expect(await next).toHaveLength(4);
  });
});
