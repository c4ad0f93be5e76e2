import { describe, expect, it } from 'vitest';
import { lowestFloor } from './append-floor.ts';

describe('the lowest floor', () => {
  it('is the last value while nobody appends', () => {
    expect(lowestFloor(41n, [])).toBe(41n);
  });

  it('is that of whoever began first', () => {
    expect(lowestFloor(41n, [40n, 12n, 39n])).toBe(12n);
  });

  it('is right where the keys have wrapped around', () => {
    const last = 0x8000_0005n;
    expect(lowestFloor(last, [0x7fff_fffen & 0x7fff_ffffn, 3n])).toBe(0x7fff_fffen);
    expect(lowestFloor(last, [3n])).toBe(0x8000_0003n);
  });
});
