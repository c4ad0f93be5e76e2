import { gzipSync, zstdCompressSync } from 'node:zlib';
import { xxh32 } from '../src/wire/xxh32.ts';

// Compressed bytes in every codec of Kafka. Node does not have snappy and lz4: both formats allow data that is stored
// uncompressed, which is written here.

export const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
/** Block size of Java's snappy stream and of lz4 frames of this size class. */
const BLOCK_BYTES = 32 * 1024;

export function compress(bytes: Buffer, codec: number): Buffer {
  switch (codec) {
    case CODECS.gzip:
      return gzipSync(bytes);
    case CODECS.snappy:
      return xerialStream(bytes);
    case CODECS.lz4:
      return lz4FrameOf(blocksOf(bytes).map((block) => ({ bytes: block, isStored: true })));
    case CODECS.zstd:
      return zstdCompressSync(bytes);
    default:
      return bytes;
  }
}

function blocksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / BLOCK_BYTES);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES));
}

/** One bare block, as librdkafka and Go clients send it. */
export function snappyBlock(bytes: Buffer): Buffer {
  const literals = blocksOf(bytes).map((each) => {
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(each.length - 1, 1);
    return Buffer.concat([head, each]);
  });
  return Buffer.concat([unsignedVarint(bytes.length), ...literals]);
}

/** Length-prefixed blocks, as Java's clients send them. */
export function xerialStream(bytes: Buffer): Buffer {
  const blocks = blocksOf(bytes).map((each) => {
    const block = snappyBlock(each);
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return Buffer.concat([length, block]);
  });
  return Buffer.concat([XERIAL_HEADER, ...blocks]);
}

/** A short snappy block that decompresses to `length` zeros. */
export function snappyBomb(length: number): Buffer {
  // One literal zero, then copies of 64 bytes at distance one.
  const copy = Buffer.from([(63 << 2) | 2, 1, 0]);
  const copies = Array<Buffer>(Math.floor((length - 1) / 64)).fill(copy);
  const size = 1 + copies.length * 64;
  return Buffer.concat([unsignedVarint(size), Buffer.from([0, 0]), ...copies]);
}

/** An lz4 frame of blocks that decompress to 4 MiB of zeros each. */
export function lz4Bomb(blockCount: number): Buffer {
  const size = 4 * 1024 * 1024;
  // One literal zero, a long match at distance one, then the last five literals.
  const matched = size - 1 - 5;
  const extra = matched - 4 - 15;
  const lengths = Buffer.concat([Buffer.alloc(Math.floor(extra / 255), 255), Buffer.from([extra % 255])]);
  const block = Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), lengths, Buffer.from([0x50, 0, 0, 0, 0, 0])]);
  return lz4FrameOf(Array.from({ length: blockCount }, () => ({ bytes: block, isStored: false })));
}

interface Lz4Block {
  readonly bytes: Buffer;
  readonly isStored: boolean;
}

/** By default of version 1, with independent blocks of up to 4 MiB and no checksums but the header's own. */
export function lz4FrameOf(blocks: readonly Lz4Block[], descriptor = [0x60, 0x70]): Buffer {
  const magic = Buffer.from([0x04, 0x22, 0x4d, 0x18]);
  const headerChecksum = Buffer.from([(xxh32(Buffer.from(descriptor)) >>> 8) & 0xff]);
  const framed = blocks.flatMap(({ bytes, isStored }) => {
    const word = Buffer.alloc(4);
    word.writeUInt32LE((bytes.length | (isStored ? 0x80000000 : 0)) >>> 0);
    return [word, bytes];
  });
  return Buffer.concat([magic, Buffer.from(descriptor), headerChecksum, ...framed, Buffer.alloc(4)]);
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
