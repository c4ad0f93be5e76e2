import { describe, expect, it } from 'vitest';
import { Room } from './room.ts';

describe('room', () => {
  it('is there at once, or as soon as something has been finished', async () => {
    let taken = 1;
    const room = new Room(() => taken === 0);
    const waiting = room.within(60_000);
    room.look();
    taken = 0;
    room.look();
    expect(await waiting).toBe(true);
    expect(await room.within(60_000)).toBe(true);
  });

  it('is not there in time', async () => {
    expect(await new Room(() => false).within(1)).toBe(false);
  });

  it('keeps nobody waiting at a stop', async () => {
    const room = new Room(() => false);
    const waiting = room.within(60_000);
    room.open();
    expect(await waiting).toBe(true);
    expect(await room.within(60_000)).toBe(true);
  });
});
