import { beforeEach, describe, expect, it } from 'vitest';
import { deliveryOf, handlerOf, openPartition } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import { GROUP_MS, GROUP_RECORDS_MAX } from '../../limits.ts';
import { Semaphore } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
import { DeliveryJob } from '../delivery-job.ts';
import type { DeliveryWork } from '../delivery-job.ts';
import { HANDLED, PARKED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { GroupHandler } from './handle-group.ts';
import { HandlerDurations } from './handler-durations.ts';
import { TransactionGroups } from './transaction-groups.ts';

const event = newTestEvent();
const held = openPartition(event);
const TRANSACTIONS = 2;

/** The next records of one key. */
function laneOf(records: number): DeliveryJob[] {
  return Array.from({ length: records }, (_, n) => {
    const { message } = deliveryOf(held, event, { key: 'a', n });
    return new DeliveryJob(held, { ...message, bytes: 100 }, {} as DeliveryWork, {
      offset: 1n,
      isFinished: false,
    });
  });
}

interface Transaction {
  readonly lanes: ReadonlyArray<readonly Delivery[]>;
  readonly end: PromiseWithResolvers<Outcome[][]>;
}

let durations: HandlerDurations;
let transactions: Semaphore;
/** In the order in which they began. */
let begun: Transaction[];
beforeEach(() => {
  durations = new HandlerDurations();
  transactions = new Semaphore(TRANSACTIONS);
  begun = [];
});

function newGroups(atOnce: number): TransactionGroups {
  const handle: GroupHandler['handle'] = (lanes) => {
    const end = Promise.withResolvers<Outcome[][]>();
    begun.push({ lanes, end });
    return end.promise;
  };
  return new TransactionGroups({ handler: { handle } as GroupHandler, transactions, atOnce, durations });
}

/** All transactions are taken, by a lane of one record each, and lanes of these sizes wait. */
async function wait(
  groups: TransactionGroups,
  ...sizes: readonly number[]
): Promise<{
  readonly running: Array<Promise<readonly Outcome[]>>;
  readonly waiting: Array<Promise<readonly Outcome[]>>;
}> {
  const running: Array<Promise<readonly Outcome[]>> = [];
  for (let n = 0; n < TRANSACTIONS; n += 1) {
    running.push(groups.run(laneOf(1)));
    await new Promise(setImmediate);
  }
  return { running, waiting: sizes.map((size) => groups.run(laneOf(size))) };
}

/** Lets transactions end in their order until none is left. @returns how many records each lane had, for each of them */
async function endAll(): Promise<number[][]> {
  for (let next = 0; next < begun.length; next += 1) {
    begun[next]!.end.resolve(begun[next]!.lanes.map((lane) => lane.map(() => HANDLED)));
    await new Promise(setImmediate);
  }
  return begun.map(({ lanes }) => lanes.map(({ length }) => length));
}

describe('records that wait for a transaction', () => {
  it('have it at once, each its own, while one is free', async () => {
    await wait(newGroups(1));
    expect(begun.map(({ lanes }) => lanes.length)).toEqual([1, 1]);
  });

  it('are divided among as many transactions as may run at once', async () => {
    const ones = Array.from({ length: 10 }, () => 1);
    await wait(newGroups(2), ...ones);
    const sizes = (await endAll()).slice(2).map(({ length }) => length);
    // Half of those that wait, and half of those that are left.
    expect(sizes).toEqual([5, 3, 1, 1]);
  });

  it('of one key stay together, in their order', async () => {
    await wait(newGroups(2), 3, 1, 1);
    expect((await endAll()).slice(2)).toEqual([[3], [1], [1]]);
    const offsets = begun[2]!.lanes[0]!.map(({ message }) => Number(message.offset));
    expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
  });

  it('share one up to GROUP_RECORDS_MAX', async () => {
    const ones = Array.from({ length: GROUP_RECORDS_MAX + 10 }, () => 1);
    await wait(newGroups(1), ...ones);
    expect((await endAll()).slice(2).map(({ length }) => length)).toEqual([GROUP_RECORDS_MAX, 10]);
  });

  it('share one until their handlers are expected to take GROUP_MS, by what those took of late', async () => {
    const [delivery] = laneOf(1);
    delivery!.handler = handlerOf(event);
    durations.note(delivery!, GROUP_MS / 2);
    await wait(newGroups(1), 1, 1, 1, 1, 1);
    expect((await endAll()).slice(2).map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  it('each get their own outcomes', async () => {
    const { waiting } = await wait(newGroups(1), 2, 1);
    begun[0]!.end.resolve([[HANDLED]]);
    await new Promise(setImmediate);
    // Of the first lane a record is parked, and the next was not attempted; the other lane was not got to.
    begun[2]!.end.resolve([[PARKED], []]);
    expect(await Promise.all(waiting)).toEqual([[PARKED], []]);
  });

  it('fail with their own transaction alone', async () => {
    const { running, waiting } = await wait(newGroups(2), 1, 1);
    const settled = Promise.allSettled([...running, ...waiting]);
    begun[0]!.end.reject(new Error('a bug'));
    await new Promise(setImmediate);
    await endAll();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('are not attempted any more at a stop, and what is running ends', async () => {
    const { running, waiting } = await wait(newGroups(2), 2, 1);
    transactions.close();
    expect(await Promise.all(waiting)).toEqual([[], []]);
    await endAll();
    expect(await Promise.all(running)).toEqual([[HANDLED], [HANDLED]]);
    expect(begun).toHaveLength(2);
  });
});
