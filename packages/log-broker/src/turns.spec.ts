import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WORK_SLICE_MS } from './limits.ts';
import { inTurns, isTurnOver, nextTurn } from './turns.ts';
import type { Steps } from './turns.ts';

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

beforeEach(async () => {
  // The clock moves when a step says so: how fast the machine is does not matter.
  vi.useFakeTimers({ toFake: ['performance'] });
  // A new turn begins, which does not count the work of the specs before, also of those in other files.
  await nextTurn();
  await turn();
});
afterEach(() => void vi.useRealTimers());

/** So many steps that each take a whole slice. */
function* slowSteps(count: number, onStep: () => void): Steps<number> {
  for (let n = 0; n < count; n++) {
    vi.advanceTimersByTime(WORK_SLICE_MS);
    onStep();
    yield;
  }
  return count;
}

it('work that fits into a slice is done at once', () => {
  function* steps(): Steps<string> {
    yield;
    return 'done';
  }
  expect(inTurns(steps())).toBe('done');
});

it('other work runs between the slices of long work, and the long work is done in the end', async () => {
  const seen: string[] = [];
  const work = inTurns(slowSteps(3, () => seen.push('step')));
  void turn().then(() => seen.push('other'));
  expect(await work).toBe(3);
  expect(seen).toHaveLength(4);
  expect(seen.at(-1)).toBe('step');
});

it('two pieces of long work alternate, and the failure of one does not affect the other', async () => {
  const seen: string[] = [];
  const failing = inTurns(
    slowSteps(4, () => {
      seen.push('a');
      if (seen.length > 3) throw new Error('refused');
    }),
  );
  const other = inTurns(slowSteps(3, () => seen.push('b')));
  await expect(failing).rejects.toThrow('refused');
  expect(await other).toBe(3);
  expect(seen.join('')).toMatch(/^(ab){2}/);
});

it('new work begins while long work is unfinished', async () => {
  let steps = 0;
  const work = inTurns(slowSteps(20, () => steps++));
  expect(isTurnOver()).toBe(true);
  await nextTurn();
  expect(isTurnOver()).toBe(false);
  expect(steps).toBeLessThan(20);
  await work;
});

it('short work is done within a few turns, however much long work has begun before it', async () => {
  const large = Array.from({ length: 50 }, async () => {
    while (isTurnOver()) await nextTurn();
    return inTurns(slowSteps(4, () => undefined));
  });
  await turn();
  const order: string[] = [];
  const little = (async () => {
    while (isTurnOver()) await nextTurn();
    order.push('little');
  })();
  void Promise.race(large).then(() => order.push('large'));
  await Promise.all([little, ...large]);
  expect(order).toEqual(['little', 'large']);
});
