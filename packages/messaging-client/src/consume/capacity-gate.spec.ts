import { describe, expect, it } from 'vitest';
import { CapacityGate } from './capacity-gate.ts';

describe('room', () => {
  it('is there at once, or as soon as something has been finished', async () => {
    let taken = 1;
    const room = new CapacityGate(() => taken === 0);
    const waiting = room.waitUpTo(60_000);
    room.notify();
    taken = 0;
    room.notify();
    expect(await waiting).toBe(true);
    expect(await room.waitUpTo(60_000)).toBe(true);
  });

  it('is not there in time', async () => {
    expect(await new CapacityGate(() => false).waitUpTo(1)).toBe(false);
  });

  it('ends every wait at a stop', async () => {
    const room = new CapacityGate(() => false);
    const waiting = room.waitUpTo(60_000);
    room.release();
    expect(await waiting).toBe(true);
    expect(await room.waitUpTo(60_000)).toBe(true);
  });
});
