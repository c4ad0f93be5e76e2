import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CODECS, compress, lz4Bomb, lz4FrameOf, snappyBomb, xerialStream } from '../../test/compressed.ts';
import { decompress } from './decompress.ts';
import { DecompressedTooLargeError } from './growing-buffer.ts';
import { xxh32 } from './xxh32.ts';

const LIMIT = 1024 * 1024;
const { gzip, snappy, lz4, zstd } = CODECS;

const text = Buffer.from('the quick brown fox jumps over the quick brown fox, '.repeat(4_000));

describe('decompression', () => {
  it('restores the input of every codec', () => {
    for (const codec of [gzip, snappy, lz4, zstd]) {
      expect(decompress(compress(text, codec), codec, LIMIT).equals(text)).toBe(true);
    }
  });

  it('reads a snappy block with literals and overlapping copies, bare or in the xerial stream of Java', () => {
    // "abcd", then a copy of 11 bytes from 4 back: the format's own way to repeat.
    const block = Buffer.from([15, 3 << 2, ...Buffer.from('abcd'), ((11 - 4) << 2) | 1, 4]);
    expect(decompress(block, snappy, LIMIT).toString()).toBe('abcdabcdabcdabc');
    const header = xerialStream(Buffer.alloc(0));
    const framed = Buffer.concat([Buffer.from([0, 0, 0, block.length]), block]);
    const stream = Buffer.concat([header, framed, framed]);
    expect(decompress(stream, snappy, LIMIT).toString()).toBe('abcdabcdabcdabcabcdabcdabcdabc');
  });

  it('reads lz4 blocks that repeat what they hold, near and far, and no others', () => {
    // Four literals, a match of 8 bytes from 4 back; then the last sequence: two literals.
    const bytes = Buffer.from([0x44, ...Buffer.from('abcd'), 4, 0, 0x20, ...Buffer.from('xy')]);
    expect(decompress(lz4FrameOf([{ bytes, isStored: false }]), lz4, LIMIT).toString()).toBe('abcdabcdabcdxy');
    const beyond = Buffer.from([0x44, ...Buffer.from('abcd'), 5, 0, 0x20, ...Buffer.from('xy')]);
    const stored = { bytes: Buffer.from('abcd'), isStored: true };
    expect(() => decompress(lz4FrameOf([stored, { bytes: beyond, isStored: false }]), lz4, LIMIT)).toThrow('match');
    const content = decompress(lz4Bomb(1), lz4, 8 * LIMIT);
    expect(content.equals(Buffer.alloc(4 * LIMIT))).toBe(true);
  });

  it('checks the checksums of lz4 blocks where there are any', () => {
    const plain = lz4FrameOf([{ bytes: Buffer.from('a block with a checksum'), isStored: true }], [0x70, 0x70]);
    const block = plain.subarray(11, -4);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(xxh32(block));
    const frame = Buffer.concat([plain.subarray(0, -4), checksum, plain.subarray(-4)]);
    expect(decompress(frame, lz4, LIMIT).toString()).toBe('a block with a checksum');
    frame.writeUInt8(frame.readUInt8(12) ^ 1, 12);
    expect(() => decompress(frame, lz4, LIMIT)).toThrow('checksum');
  });

  it('reads several zstd frames or gzip members as one, and refuses anything else behind the first', () => {
    const halves = [text.subarray(0, 1_000), text.subarray(1_000)];
    expect(decompress(Buffer.concat(halves.map((half) => zstdCompressSync(half))), zstd, LIMIT).equals(text)).toBe(
      true,
    );
    expect(decompress(Buffer.concat(halves.map((half) => gzipSync(half))), gzip, LIMIT).equals(text)).toBe(true);
    for (const codec of [gzip, snappy, zstd]) {
      expect(() => decompress(Buffer.concat([compress(text, codec), Buffer.from('more')]), codec, LIMIT)).toThrow(/./);
    }
  });

  it('refuses random bytes, and input that is truncated anywhere, in every codec', () => {
    for (const codec of [gzip, snappy, lz4, zstd, 5]) {
      expect(() => decompress(Buffer.from('this is not compressed at all'), codec, LIMIT)).toThrow(/./);
      expect(() => decompress(Buffer.alloc(0), codec, LIMIT)).toThrow(/./);
    }
    for (const codec of [gzip, lz4, zstd]) {
      const whole = compress(text.subarray(0, 500), codec);
      for (let length = 0; length < whole.length; length++) {
        expect(() => decompress(whole.subarray(0, length), codec, LIMIT)).toThrow(/./);
      }
    }
  });

  it('stops at the limit, however large the content would become', () => {
    const member = gzipSync(Buffer.alloc(LIMIT));
    // 400 KB that become 400 MB, and the same in the other codecs.
    const bombs = {
      [gzip]: Buffer.concat(Array<Buffer>(400).fill(member)),
      [snappy]: snappyBomb(16 * LIMIT),
      [lz4]: lz4Bomb(100),
      [zstd]: zstdCompressSync(Buffer.alloc(64 * LIMIT)),
    };
    for (const [codec, bomb] of Object.entries(bombs)) {
      expect(() => decompress(bomb, Number(codec), LIMIT)).toThrow(DecompressedTooLargeError);
    }
    // A declared length without content is not trusted either.
    expect(() => decompress(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), snappy, LIMIT)).toThrow(
      DecompressedTooLargeError,
    );
  });

  it('accepts zstd frames up to the limit together, and up to sixteen', () => {
    const frames = (count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(zstdCompressSync(text)));
    expect(decompress(frames(2), zstd, 2 * text.length)).toHaveLength(2 * text.length);
    expect(() => decompress(frames(2), zstd, 2 * text.length - 1)).toThrow(DecompressedTooLargeError);
    expect(decompress(frames(16), zstd, LIMIT * 16)).toHaveLength(16 * text.length);
    expect(() => decompress(frames(17), zstd, LIMIT * 16)).toThrow('more than 16 zstd frames');
  });

  it('accepts exactly as much as the limit', () => {
    for (const codec of [gzip, snappy, lz4, zstd]) {
      expect(decompress(compress(text, codec), codec, text.length)).toHaveLength(text.length);
      expect(() => decompress(compress(text, codec), codec, text.length - 1)).toThrow(DecompressedTooLargeError);
    }
  });
});

describe('xxHash32', () => {
  it('has the known values', () => {
    expect(xxh32(Buffer.alloc(0))).toBe(0x02cc5d05);
    expect(xxh32(Buffer.from('abc'))).toBe(0x32d153ff);
    expect(xxh32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  });
});
