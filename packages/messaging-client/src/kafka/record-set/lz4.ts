import { ByteCursor, FormatError } from './byte-cursor.ts';

// LZ4 frame and block formats (github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md). Checksums are not
// verified: the batch around the frame has its own.

const FRAME_MAGIC = 0x184d2204;
const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const BLOCK_CHECKSUM_FLAG = 0x10;
const CONTENT_SIZE_FLAG = 0x08;
const DICTIONARY_FLAG = 0x01;
const UNCOMPRESSED_BLOCK_FLAG = 0x80000000;
const MATCH_BYTES_MIN = 4;
const FIRST_ROOM_BYTES = 64 * 1024;

/** @throws FormatError when it is not an LZ4 frame, or has more than `bytesMax` */
export function inflateLz4(bytes: Buffer, bytesMax: number): Buffer {
  const cursor = new ByteCursor(bytes);
  if (bytes.readUInt32LE(cursor.skip(4)) !== FRAME_MAGIC) throw new FormatError('not an LZ4 frame');
  const flags = bytes[cursor.skip(1)]!;
  if ((flags & VERSION_MASK) !== VERSION_1) throw new FormatError('an LZ4 frame of an unknown version');
  if ((flags & DICTIONARY_FLAG) !== 0) throw new FormatError('an LZ4 frame with a dictionary');
  // Block size, content size, checksum of the header.
  cursor.skip(1 + ((flags & CONTENT_SIZE_FLAG) !== 0 ? 8 : 0) + 1);
  const output = new Output(bytesMax);
  for (;;) {
    const word = bytes.readUInt32LE(cursor.skip(4));
    if (word === 0) return output.content();
    const block = cursor.take((word & ~UNCOMPRESSED_BLOCK_FLAG) >>> 0);
    if ((word & UNCOMPRESSED_BLOCK_FLAG) !== 0) output.append(block, 0, block.length);
    else inflateBlock(new ByteCursor(block), output);
    if ((flags & BLOCK_CHECKSUM_FLAG) !== 0) cursor.skip(4);
  }
}

function inflateBlock(block: ByteCursor, output: Output): void {
  while (block.left > 0) {
    const token = block.bytes[block.skip(1)]!;
    const literals = extended(block, token >>> 4);
    const from = block.skip(literals);
    output.append(block.bytes, from, from + literals);
    // The last sequence has literals only.
    if (block.left === 0) return;
    const distance = block.bytes.readUInt16LE(block.skip(2));
    output.repeat(distance, extended(block, token & 15) + MATCH_BYTES_MIN);
  }
}

/** 15 in a token means that more follows: every byte adds, the first below 255 ends it. */
function extended(block: ByteCursor, nibble: number): number {
  if (nibble < 15) return nibble;
  let length = nibble;
  let byte: number;
  do length += byte = block.bytes[block.skip(1)]!;
  while (byte === 255);
  return length;
}

/** Blocks of a frame may refer to those before, so all of them go into one buffer. */
class Output {
  readonly #bytesMax: number;
  #bytes = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  append(bytes: Buffer, from: number, end: number): void {
    this.#reserve(end - from);
    this.#length += bytes.copy(this.#bytes, this.#length, from, end);
  }

  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new FormatError('an LZ4 match out of range');
    this.#reserve(count);
    const bytes = this.#bytes;
    // One by one: a match may overlap what it writes.
    for (let at = this.#length, end = at + count; at < end; at += 1) bytes[at] = bytes[at - distance]!;
    this.#length += count;
  }

  content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#bytesMax) throw new FormatError(`it decompresses to more than ${this.#bytesMax} bytes`);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
