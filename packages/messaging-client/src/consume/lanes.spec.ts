import { setImmediate as macrotask } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.ts';
import type { LaneJob } from './lanes.ts';
import { HANDLED, retryIn } from './outcome.ts';
import type { Outcome } from './outcome.ts';

function job(run: () => Promise<Outcome>, finished: () => void = () => undefined, owner = 'p0'): LaneJob {
  return { owner, bytes: 10, run, finished };
}

const lanesOf = (atOnce: number): Lanes => new Lanes(atOnce, () => retryIn(0));

/** A piece of work that ends when the test says so. */
function held(): { work: Promise<Outcome>; end(outcome?: Outcome): void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  return { work: promise, end: (outcome = HANDLED) => resolve(outcome) };
}

describe('lanes', () => {
  it('run the jobs of one lane one after the other', async () => {
    const lanes = lanesOf(10);
    const seen: string[] = [];
    const first = held();
    lanes.add(
      'a',
      job(() => (seen.push('a1'), first.work)),
    );
    lanes.add(
      'a',
      job(async () => (seen.push('a2'), HANDLED)),
    );
    await macrotask();
    expect(seen).toEqual(['a1']);
    first.end();
    await macrotask();
    expect(seen).toEqual(['a1', 'a2']);
    expect(lanes.size).toBe(0);
  });

  it('run different lanes beside each other, up to the bound', async () => {
    const lanes = lanesOf(2);
    const works = [held(), held(), held()];
    const started: number[] = [];
    works.forEach(({ work }, n) =>
      lanes.add(
        `lane${n}`,
        job(() => (started.push(n), work)),
      ),
    );
    await macrotask();
    expect(started).toEqual([0, 1]);
    works[1]!.end();
    await macrotask();
    expect(started).toEqual([0, 1, 2]);
  });

  it('let a job that waits for its next attempt delay its own lane only, and hold no place', async () => {
    const lanes = lanesOf(1);
    const seen: string[] = [];
    const again = Promise.withResolvers<void>();
    let attempts = 0;
    lanes.add(
      'failing',
      job(
        async () => {
          attempts += 1;
          seen.push(`failing ${attempts}`);
          return attempts === 1 ? retryIn(20) : HANDLED;
        },
        () => again.resolve(),
      ),
    );
    lanes.add(
      'failing',
      job(async () => (seen.push('behind'), HANDLED)),
    );
    lanes.add(
      'other',
      job(async () => (seen.push('other'), HANDLED)),
    );
    await again.promise;
    await macrotask();
    expect(seen).toEqual(['failing 1', 'other', 'failing 2', 'behind']);
  });

  it('forget the waiting jobs of an owner that is given up', async () => {
    const lanes = lanesOf(1);
    const atWork = held();
    const seen: string[] = [];
    lanes.add(
      'a',
      job(
        () => atWork.work,
        () => seen.push('running finished'),
        'revoked',
      ),
    );
    lanes.add(
      'a',
      job(async () => (seen.push('behind it'), HANDLED), undefined, 'revoked'),
    );
    lanes.add(
      'b',
      job(async () => (seen.push('other lane'), HANDLED), undefined, 'revoked'),
    );
    lanes.add(
      'c',
      job(async () => (seen.push('kept'), HANDLED), undefined, 'stays'),
    );
    lanes.abandon((owner) => owner === 'revoked');
    expect([lanes.size, lanes.bytes]).toEqual([2, 20]);
    atWork.end();
    await macrotask();
    expect(seen).toEqual(['running finished', 'kept']);
    expect([lanes.size, lanes.bytes]).toEqual([0, 0]);
  });

  it('drain: what is running ends, nothing new starts', async () => {
    const lanes = lanesOf(1);
    const atWork = held();
    let started = 0;
    lanes.add(
      'a',
      job(() => atWork.work),
    );
    lanes.add(
      'b',
      job(async () => ((started += 1), HANDLED)),
    );
    const drained = lanes.drain(10_000);
    atWork.end();
    await drained;
    expect(started).toBe(0);
  });

  it('keep the order of every lane and finish every job, whichever of them fail or are slow', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ lane: fc.nat(4), failures: fc.nat(2), slow: fc.boolean() }), { maxLength: 60 }),
        async (bound, plan) => {
          const lanes = lanesOf(bound);
          const order = new Map<number, number[]>();
          let atOnce = 0;
          let atOnceSeen = 0;
          let left = plan.length;
          const all = Promise.withResolvers<void>();
          if (left === 0) all.resolve();
          plan.forEach(({ lane, failures, slow }, n) => {
            let attempts = 0;
            lanes.add(
              String(lane),
              job(
                async () => {
                  atOnce += 1;
                  atOnceSeen = Math.max(atOnceSeen, atOnce);
                  if (slow) await macrotask();
                  atOnce -= 1;
                  attempts += 1;
                  return attempts <= failures ? retryIn(0) : HANDLED;
                },
                () => {
                  order.set(lane, [...(order.get(lane) ?? []), n]);
                  left -= 1;
                  if (left === 0) all.resolve();
                },
              ),
            );
          });
          await all.promise;
          expect(atOnceSeen).toBeLessThanOrEqual(bound);
          for (const finished of order.values()) expect(finished).toEqual(finished.toSorted((a, b) => a - b));
          expect(lanes.size).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
