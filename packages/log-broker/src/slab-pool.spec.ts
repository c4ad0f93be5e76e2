import { afterEach, expect, it, vi } from 'vitest';
import { SLABS_AHEAD_MAX, SLABS_KEPT_MAX, SLAB_AHEAD_MS, SLAB_BYTES } from './limits.ts';
import { AnswerSlabs, SlabPool } from './slab-pool.ts';
import type { SequentialSource } from './slab-pool.ts';

afterEach(() => void vi.useRealTimers());

/** With the number of each megabyte as its content. */
function sourceOf(megabytes: number): SequentialSource {
  return {
    fill: (buffer, position) => {
      buffer.fill(position / SLAB_BYTES);
      return position + buffer.length <= megabytes * SLAB_BYTES;
    },
  };
}

function poolWith(slabs: number): SlabPool {
  const pool = new SlabPool();
  for (const slab of Array.from({ length: slabs }, () => pool.take(SLAB_BYTES))) pool.giveBack(slab);
  return pool;
}

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

it('what was read ahead is there for one reader, who is at this place of this source', () => {
  const pool = poolWith(2);
  const source = sourceOf(9);
  pool.readAhead({ source, position: 2 * SLAB_BYTES });
  expect(pool.takeAhead(source, 3 * SLAB_BYTES, SLAB_BYTES)).toBeUndefined();
  expect(pool.takeAhead(sourceOf(9), 2 * SLAB_BYTES, SLAB_BYTES)).toBeUndefined();
  expect(pool.takeAhead(source, 2 * SLAB_BYTES, SLAB_BYTES + 1)).toBeUndefined();
  expect(pool.takeAhead(source, 2 * SLAB_BYTES, SLAB_BYTES / 4)).toBeUndefined();
  const half = SLAB_BYTES / 2;
  expect(pool.takeAhead(source, 2 * SLAB_BYTES, half)).toEqual(Buffer.alloc(half, 2));
  expect(pool.takeAhead(source, 2 * SLAB_BYTES, half)).toBeUndefined();
});

it('reads ahead for a bounded number of readers, and for others when what those did not want is old', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const pool = poolWith(SLABS_KEPT_MAX);
  const sources = Array.from({ length: SLABS_AHEAD_MAX + 1 }, () => sourceOf(9));
  const last = sources.at(-1)!;
  for (const source of sources) pool.readAhead({ source, position: 0 });
  expect(pool.takeAhead(last, 0, SLAB_BYTES)).toBeUndefined();
  vi.advanceTimersByTime(SLAB_AHEAD_MS + 1);
  pool.readAhead({ source: last, position: 0 });
  expect(pool.takeAhead(last, 0, SLAB_BYTES)).toHaveLength(SLAB_BYTES);
  expect(pool.takeAhead(sources[0]!, 0, SLAB_BYTES)).toBeUndefined();
  expect(pool.takeAhead(sources[1]!, 0, SLAB_BYTES)).toHaveLength(SLAB_BYTES);
});

it('reads nothing ahead without a spare slab, at the end of the source, or when reading fails', () => {
  const empty = new SlabPool();
  empty.readAhead({ source: sourceOf(9), position: 0 });
  expect(empty.keptSlabs).toBe(0);
  const pool = poolWith(1);
  const failing = {
    fill: vi.fn((): boolean => {
      throw new Error('EIO');
    }),
  };
  const short = sourceOf(1);
  pool.readAhead({ source: failing, position: 0 });
  pool.readAhead({ source: short, position: 100 });
  expect(failing.fill).toHaveBeenCalledOnce();
  expect(pool.takeAhead(failing, 0, SLAB_BYTES)).toBeUndefined();
  expect(pool.takeAhead(short, 100, SLAB_BYTES)).toBeUndefined();
  expect(pool.keptSlabs).toBe(1);
});

it('an answer gives its slabs back when it is sent, and then the next ones are read; not when it is dropped', () => {
  const pool = new SlabPool();
  const source = sourceOf(9);
  const slabs = new AnswerSlabs(pool);
  const answer = (isSent: boolean) => {
    slabs.take(SLAB_BYTES);
    slabs.expect({ source, position: SLAB_BYTES });
    const end = slabs.end()!;
    expect(pool.keptSlabs).toBe(0);
    end(isSent);
    expect(pool.keptSlabs).toBe(1);
  };
  answer(false);
  expect(pool.takeAhead(source, SLAB_BYTES, SLAB_BYTES)).toBeUndefined();
  answer(true);
  expect(slabs.takeAhead(source, SLAB_BYTES, SLAB_BYTES)).toEqual(Buffer.alloc(SLAB_BYTES, 1));
  slabs.end()!(true);
  expect(pool.keptSlabs).toBe(1);
  expect(slabs.end()).toBeUndefined();
});

it('what a large answer has read by itself is not read ahead', () => {
  const pool = new SlabPool();
  const source = sourceOf(9);
  const slabs = new AnswerSlabs(pool);
  slabs.take(SLAB_BYTES);
  slabs.expect({ source, position: SLAB_BYTES });
  slabs.takeAhead(source, SLAB_BYTES, SLAB_BYTES);
  slabs.take(SLAB_BYTES);
  slabs.expect({ source, position: 2 * SLAB_BYTES });
  slabs.end()!(true);
  expect(pool.takeAhead(source, SLAB_BYTES, SLAB_BYTES)).toBeUndefined();
  expect(pool.takeAhead(source, 2 * SLAB_BYTES, SLAB_BYTES)).toHaveLength(SLAB_BYTES);
});
