import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import { CallBatcher } from './call-batcher.ts';
import { TransactionBatcher } from './transaction-batcher.ts';

describe('a call batcher', () => {
  it('makes one call of the items added in one turn, and gives each caller its own result', async () => {
    const calls: number[][] = [];
    const batcher = new CallBatcher<number, string>(10, async (items) => {
      calls.push([...items]);
      return items.map((item) => `result ${item}`);
    });
    expect(await Promise.all([batcher.add(1), batcher.add(2), batcher.add(3)])).toEqual([
      'result 1',
      'result 2',
      'result 3',
    ]);
    expect(await batcher.add(4)).toBe('result 4');
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('has one call in flight at a time; items added meanwhile go together, up to its bound', async () => {
    const calls: number[][] = [];
    const first = Promise.withResolvers<void>();
    const batcher = new CallBatcher<number, void>(3, async (items) => {
      calls.push([...items]);
      if (calls.length === 1) await first.promise;
      return items.map(() => undefined);
    });
    const one = batcher.add(1);
    await turn();
    const others = [2, 3, 4, 5].map(async (item) => batcher.add(item));
    expect(calls).toEqual([[1]]);
    first.resolve();
    await Promise.all([one, ...others]);
    expect(calls).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('waits for more after a call of several, where that is wanted, until enough have come', async () => {
    const calls: number[][] = [];
    const inFlight = Promise.withResolvers<void>();
    const batcher = new CallBatcher<number, void>(
      10,
      async (items) => {
        calls.push([...items]);
        if (calls.length === 1) await inFlight.promise;
        return items.map(() => undefined);
      },
      { from: 2, enough: 4, milliseconds: 60_000 },
    );
    const first = [batcher.add(1), batcher.add(2)];
    await turn();
    const next = [batcher.add(3), batcher.add(4)];
    inFlight.resolve();
    await Promise.all(first);
    await turn();
    expect(calls).toEqual([[1, 2]]);
    await Promise.all([...next, batcher.add(5), batcher.add(6)]);
    expect(calls).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });

  it('calls with one item when no other comes in that time', async () => {
    const calls: number[][] = [];
    let last: Promise<void> | undefined;
    const batcher = new CallBatcher<number, void>(
      10,
      async (items) => {
        calls.push([...items]);
        last ??= batcher.add(3);
        return items.map(() => undefined);
      },
      { from: 2, enough: 4, milliseconds: 1 },
    );
    await Promise.all([batcher.add(1), batcher.add(2)]);
    await last;
    expect(calls).toEqual([[1, 2], [3]]);
  });

  it('retries each item alone when a call fails, so that only the failing one fails', async () => {
    const batcher = new CallBatcher<number, number>(10, async (items) => {
      if (items.includes(2)) throw new Error('not 2');
      return items;
    });
    const results = await Promise.allSettled([1, 2, 3].map(async (item) => batcher.add(item)));
    expect(results).toMatchObject([{ value: 1 }, { reason: { message: 'not 2' } }, { value: 3 }]);
  });

  it('retries no item alone while what it needs is unavailable', async () => {
    let calls = 0;
    const batcher = new CallBatcher<number, number>(10, async () => {
      calls += 1;
      throw new TransientError('the database is unavailable');
    });
    const results = await Promise.allSettled([1, 2, 3].map(async (item) => batcher.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls).toBe(1);
  });
});

it('a transaction batcher makes one call for each transaction, and a failed call fails all its items', async () => {
  const calls: Array<[object, readonly number[]]> = [];
  const batcher = new TransactionBatcher<object, number, number>(2, async (on, items) => {
    calls.push([on, items]);
    return items;
  });
  const [first, second] = [{}, {}];
  await Promise.all([batcher.add(first, 1), batcher.add(second, 2), batcher.add(first, 3), batcher.add(first, 4)]);
  expect(calls).toEqual([
    [first, [1, 3]],
    [second, [2]],
    [first, [4]],
  ]);

  const failing = new TransactionBatcher<object, number, number>(10, async () => {
    throw new Error('no');
  });
  const results = await Promise.allSettled([failing.add(first, 1), failing.add(first, 2)]);
  expect(results).toMatchObject([{ reason: { message: 'no' } }, { reason: { message: 'no' } }]);
});

it('a transaction batcher calls before a caller that does not await it does the next thing', async () => {
  const happened: string[] = [];
  const batcher = new TransactionBatcher<object, number, number>(2, async (_, items) => {
    happened.push(`wrote ${items.join(' and ')}`);
    return items;
  });
  const transaction = {};
  const work = async (): Promise<void> => {
    for (const n of [1, 2]) void batcher.add(transaction, n);
  };
  await work();
  happened.push('committed');
  expect(happened).toEqual(['wrote 1 and 2', 'committed']);
});
