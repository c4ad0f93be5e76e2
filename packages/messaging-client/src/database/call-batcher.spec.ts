import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../errors.ts';
import { CallBatcher } from './call-batcher.ts';
import { TransactionBatcher } from './transaction-batcher.ts';

describe('a gather', () => {
  it('makes one call of what is asked for in one turn, and gives everybody the own result', async () => {
    const calls: number[][] = [];
    const gather = new CallBatcher<number, string>(10, async (items) => {
      calls.push([...items]);
      return items.map((item) => `result ${item}`);
    });
    expect(await Promise.all([gather.add(1), gather.add(2), gather.add(3)])).toEqual([
      'result 1',
      'result 2',
      'result 3',
    ]);
    expect(await gather.add(4)).toBe('result 4');
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('has one call on its way at a time; what comes meanwhile goes together, up to its bound', async () => {
    const calls: number[][] = [];
    const first = Promise.withResolvers<void>();
    const gather = new CallBatcher<number, void>(3, async (items) => {
      calls.push([...items]);
      if (calls.length === 1) await first.promise;
      return items.map(() => undefined);
    });
    const one = gather.add(1);
    await turn();
    const others = [2, 3, 4, 5].map(async (item) => gather.add(item));
    expect(calls).toEqual([[1]]);
    first.resolve();
    await Promise.all([one, ...others]);
    expect(calls).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('with patience waits for more after a call of several, until enough have come', async () => {
    const calls: number[][] = [];
    const onItsWay = Promise.withResolvers<void>();
    const gather = new CallBatcher<number, void>(
      10,
      async (items) => {
        calls.push([...items]);
        if (calls.length === 1) await onItsWay.promise;
        return items.map(() => undefined);
      },
      { from: 2, enough: 4, milliseconds: 60_000 },
    );
    const first = [gather.add(1), gather.add(2)];
    await turn();
    const next = [gather.add(3), gather.add(4)];
    onItsWay.resolve();
    await Promise.all(first);
    await turn();
    expect(calls).toEqual([[1, 2]]);
    await Promise.all([...next, gather.add(5), gather.add(6)]);
    expect(calls).toEqual([
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });

  it('with patience goes on alone when nobody else comes', async () => {
    const calls: number[][] = [];
    let last: Promise<void> | undefined;
    const gather = new CallBatcher<number, void>(
      10,
      async (items) => {
        calls.push([...items]);
        last ??= gather.add(3);
        return items.map(() => undefined);
      },
      { from: 2, enough: 4, milliseconds: 1 },
    );
    await Promise.all([gather.add(1), gather.add(2)]);
    await last;
    expect(calls).toEqual([[1, 2], [3]]);
  });

  it('tries each alone when a call fails, so that only the one to blame fails', async () => {
    const gather = new CallBatcher<number, number>(10, async (items) => {
      if (items.includes(2)) throw new Error('not 2');
      return items;
    });
    const results = await Promise.allSettled([1, 2, 3].map(async (item) => gather.add(item)));
    expect(results).toMatchObject([{ value: 1 }, { reason: { message: 'not 2' } }, { value: 3 }]);
  });

  it('tries nothing alone while what it needs is away', async () => {
    let calls = 0;
    const gather = new CallBatcher<number, number>(10, async () => {
      calls += 1;
      throw new TransientError('the database is away');
    });
    const results = await Promise.allSettled([1, 2, 3].map(async (item) => gather.add(item)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls).toBe(1);
  });
});

it('a gather by something makes one call for each of them, and one call fails all of it', async () => {
  const calls: Array<[object, readonly number[]]> = [];
  const gathers = new TransactionBatcher<object, number, number>(2, async (on, items) => {
    calls.push([on, items]);
    return items;
  });
  const [first, second] = [{}, {}];
  await Promise.all([gathers.add(first, 1), gathers.add(second, 2), gathers.add(first, 3), gathers.add(first, 4)]);
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

it('a gather by something calls before whoever asked, and did not wait for it, does the next thing', async () => {
  const happened: string[] = [];
  const gathers = new TransactionBatcher<object, number, number>(2, async (_, items) => {
    happened.push(`wrote ${items.join(' and ')}`);
    return items;
  });
  const transaction = {};
  const work = async (): Promise<void> => {
    for (const n of [1, 2]) void gathers.add(transaction, n);
  };
  await work();
  happened.push('committed');
  expect(happened).toEqual(['wrote 1 and 2', 'committed']);
});
