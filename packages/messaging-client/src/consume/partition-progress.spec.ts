import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartitionProgress } from './partition-progress.ts';

describe('the progress of a partition', () => {
  it('may be committed up to the first record that is not finished', () => {
    const progress = new PartitionProgress();
    const [five, six, seven] = [5n, 6n, 7n].map((offset) => progress.take(offset)!);
    progress.finish(seven!);
    expect(progress.toCommit).toBeUndefined();
    progress.finish(five!);
    expect(progress.toCommit).toBe(6n);
    progress.finish(six!);
    expect(progress.toCommit).toBe(8n);
  });

  it('is committed once', () => {
    const progress = new PartitionProgress();
    progress.finish(progress.take(0n)!);
    progress.committed(progress.toCommit!);
    expect(progress.toCommit).toBeUndefined();
  });

  it('takes no record twice, as when it is fetched again after a rebalance', () => {
    const progress = new PartitionProgress();
    expect(progress.take(3n)).toBeDefined();
    expect(progress.take(3n)).toBeUndefined();
    expect(progress.take(2n)).toBeUndefined();
  });

  it('knows a topic that was recreated by an offset below what was committed', () => {
    const progress = new PartitionProgress();
    for (const offset of [0n, 1n, 2n]) progress.finish(progress.take(offset)!);
    expect(progress.isBeforeCommitted(0n)).toBe(false);
    progress.committed(progress.toCommit!);
    expect(progress.isBeforeCommitted(3n)).toBe(false);
    expect(progress.isBeforeCommitted(2n)).toBe(true);
  });

  it('knows it also by an offset below the first, while nothing is committed', () => {
    const progress = new PartitionProgress();
    progress.take(5n);
    expect(progress.isBeforeCommitted(5n)).toBe(false);
    expect(progress.isBeforeCommitted(4n)).toBe(true);
  });

  it('never passes an unfinished record, in whatever order records finish and whatever gaps offsets have', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.bigInt({ min: 0n, max: 5_000n }), { minLength: 1, maxLength: 200 }),
        fc.infiniteStream(fc.nat()),
        (offsets, random) => {
          const progress = new PartitionProgress();
          const inFlight = offsets
            .toSorted((a, b) => Number(a - b))
            .map((offset) => ({ offset, entry: progress.take(offset)! }));
          const unfinished = [...inFlight];
          while (unfinished.length > 0) {
            const [next] = unfinished.splice(random.next().value % unfinished.length, 1);
            progress.finish(next!.entry);
            const first = unfinished[0]?.offset ?? inFlight.at(-1)!.offset + 1n;
            expect(progress.toCommit ?? 0n).toBeLessThanOrEqual(first);
          }
          expect(progress.toCommit).toBe(inFlight.at(-1)!.offset + 1n);
        },
      ),
    );
  });
});
