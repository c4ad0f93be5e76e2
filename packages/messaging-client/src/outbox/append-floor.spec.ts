import { describe, expect, it } from 'vitest';
import { lowestFloors } from './append-floor.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

const FLOOR_BITS = 27n;
const floorIn = (shard: number, seq: bigint): bigint =>
  (BigInt(shard + 1) << FLOOR_BITS) | (seq & ((1n << FLOOR_BITS) - 1n));

function floors(last: bigint, ...keys: bigint[]): Set<bigint> {
  return new Set(lowestFloors(last, keys));
}

describe('the lowest floor of a shard', () => {
  it('is the last value while no transaction appends', () => {
    expect(floors(41n)).toEqual(new Set([41n]));
  });

  it('is that of the transaction that began first there, and leaves the other shards alone', () => {
    const [first, ...others] = lowestFloors(41n, [floorIn(0, 40n), floorIn(0, 12n), floorIn(15, 39n)]);
    expect(first).toBe(12n);
    expect(others).toEqual([...Array.from({ length: OUTBOX_SHARDS - 2 }, () => 41n), 39n]);
  });

  it('is right where the floors have wrapped around', () => {
    const last = (1n << FLOOR_BITS) + 5n;
    expect(lowestFloors(last, [floorIn(3, (1n << FLOOR_BITS) - 2n)])[3]).toBe((1n << FLOOR_BITS) - 2n);
    expect(lowestFloors(last, [floorIn(3, (1n << FLOOR_BITS) + 3n)])[3]).toBe((1n << FLOOR_BITS) + 3n);
  });

  it('is that of a transaction that names no shard, as before there was a floor for each', () => {
    expect(floors(41n, 12n)).toEqual(new Set([12n]));
  });
});
