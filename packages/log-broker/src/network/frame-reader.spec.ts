import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.ts';

function framed(request: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(request.length);
  return Buffer.concat([length, request]);
}

describe('requests that arrive in pieces', () => {
  it('are the same however the stream is cut', () => {
    const stream = fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1 }),
        fc.nat(3),
        (requests, cuts, every) => {
          const bytes = Buffer.concat(requests.map(framed));
          const frames = new FrameReader();
          const scratch = Buffer.alloc(5_000);
          const received: string[] = [];
          for (let at = 0, n = 0; at < bytes.length; n++) {
            const end = at + cuts[n % cuts.length]!;
            frames.push(bytes.subarray(at, end));
            at = end;
            if (n % 4 < every) frames.assemble();
            for (let frame = frames.next(scratch); frame; frame = frames.next(scratch)) received.push(String(frame));
          }
          expect(received).toEqual(requests.map((request) => String(Buffer.from(request))));
          expect(frames.bufferedBytes).toBe(0);
        },
      ),
    );
  });

  it('byte by byte, are kept in a few pieces', () => {
    const frames = new FrameReader();
    const request = framed(Buffer.alloc(100_000, 'x'));
    let most = 0;
    for (const byte of request) {
      frames.push(Buffer.from([byte]));
      most = Math.max(most, frames.pieceCount);
    }
    expect(most).toBeLessThan(50);
    expect(frames.next()).toHaveLength(100_000);
  });

  it('frees a piece when it is copied, and not one that has bytes of another request', () => {
    const first = framed(Buffer.alloc(100_000, 'a'));
    const second = framed(Buffer.alloc(100_000, 'b'));
    const stream = Buffer.concat([first, second]);
    const cuts = [0, 60_000, 90_000, 120_000, stream.length];
    const pieces = cuts.slice(1).map((end, n) => new Uint8Array(stream.subarray(cuts[n], end)));
    const frames = new FrameReader();
    for (const { buffer } of pieces) frames.push(Buffer.from(buffer));
    const received = frames.next();
    expect(pieces.map(({ byteLength }) => byteLength)).toEqual([0, 0, 30_000, stream.length - 120_000]);
    expect(String(received)).toBe('a'.repeat(100_000));
    expect(String(frames.next())).toBe('b'.repeat(100_000));
    expect(pieces.at(-1)).toHaveLength(0);
  });
});
