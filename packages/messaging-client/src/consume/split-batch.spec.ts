import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProcessOutcome } from './process-record.ts';
import { splitBatch } from './split-batch.ts';

type Fate = 'fine' | 'dead' | 'parked' | 'again';
const VERDICTS: Record<Exclude<Fate, 'fine'>, ProcessOutcome> = {
  dead: { done: true },
  parked: { done: true, laneParked: true },
  again: { retryInMs: 5 },
};

describe('a batch that fails', () => {
  it('is handled but for the records that fail by themselves, and in each lane nothing overtakes one of those', async () => {
    const fate = fc.constantFrom<Fate>('fine', 'fine', 'fine', 'dead', 'parked', 'again');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fate, { minLength: 1, maxLength: 8 }), { minLength: 1 }), async (fates) => {
        const lanes = fates.map((lane, at) => lane.map((item, n) => ({ name: `${at}.${n}`, at, fate: item })));
        const handled: string[] = [];
        const results = await splitBatch(lanes, {
          together: async (items) => {
            if (items.some((item) => item.fate !== 'fine')) throw new Error('one of them');
            handled.push(...items.map(({ name }) => name));
          },
          failed: async (item) => VERDICTS[item.fate as Exclude<Fate, 'fine'>],
        });
        for (const [at, lane] of fates.entries()) {
          const stop = lane.findIndex((item) => item === 'parked' || item === 'again');
          const tried = stop < 0 ? lane : lane.slice(0, stop + 1);
          const again = tried.at(-1) === 'again';
          expect(results[at]).toEqual({
            done: again ? tried.length - 1 : tried.length,
            retryInMs: again ? 5 : undefined,
            laneParked: tried.at(-1) === 'parked' ? true : undefined,
          });
          const fine = tried.flatMap((item, n) => (item === 'fine' ? [`${at}.${n}`] : []));
          expect(handled.filter((name) => name.startsWith(`${at}.`))).toEqual(fine);
        }
      }),
    );
  });

  it('is tried whole first', async () => {
    const sizes: number[] = [];
    await splitBatch([[1, 2], [3]], {
      together: async (items) => void sizes.push(items.length),
      failed: async () => ({ done: true }),
    });
    expect(sizes).toEqual([3]);
  });
});
