import { expect, it } from 'vitest';
import { SLAB_BYTES, SLABS_KEPT_MAX } from './limits.ts';
import { SlabPool } from './slab-pool.ts';

it('a slab that was given back is used for the next large read, and not for two at once', () => {
  const pool = new SlabPool();
  const first = pool.take(SLAB_BYTES);
  pool.giveBack(first);
  const second = pool.take(SLAB_BYTES - 1);
  expect(second.buffer).toBe(first.buffer);
  expect(second).toHaveLength(SLAB_BYTES - 1);
  expect(pool.take(SLAB_BYTES).buffer).not.toBe(first.buffer);
});

it('small and very large reads get buffers of their own, which are freed and not kept', () => {
  const pool = new SlabPool();
  for (const bytes of [SLAB_BYTES / 4, SLAB_BYTES + 1]) {
    const own = pool.take(bytes);
    expect(own).toHaveLength(bytes);
    pool.giveBack(own);
    expect(own.buffer.byteLength).toBe(0);
  }
  expect(pool.keptSlabs).toBe(0);
});

it('keeps a bounded number of slabs, and frees the others at once', () => {
  const pool = new SlabPool();
  const taken = Array.from({ length: SLABS_KEPT_MAX + 3 }, () => pool.take(SLAB_BYTES));
  for (const slab of taken) pool.giveBack(slab);
  expect(pool.keptSlabs).toBe(SLABS_KEPT_MAX);
  expect(taken.map(({ buffer }) => buffer.byteLength).slice(SLABS_KEPT_MAX)).toEqual([0, 0, 0]);
});

it('does not free memory that other buffers share', () => {
  const pool = new SlabPool();
  const small = pool.take(10);
  const { buffer } = small;
  pool.giveBack(small);
  expect(buffer.byteLength).toBe(Buffer.poolSize);
});
