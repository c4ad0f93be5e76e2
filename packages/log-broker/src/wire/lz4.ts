import { WireFormatError } from './byte-reader.ts';
import { DECOMPRESSED_BYTES_MAX } from './decompress.ts';

// LZ4 frame and block formats (github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md). Checksums are not
// verified: the batch around the frame has its own.

const FRAME_MAGIC = 0x184d2204;
const UNCOMPRESSED_BLOCK_FLAG = 0x80000000;
const MIN_MATCH_BYTES = 4;

export function decompressLz4Frame(frame: Buffer): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw new WireFormatError('not an lz4 frame');
  const flags = frame.readUInt8(4);
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const hasDictionaryId = (flags & 0x01) !== 0;
  let at = 6 + (hasContentSize ? 8 : 0) + (hasDictionaryId ? 4 : 0) + 1;

  const output = new GrowingBuffer();
  for (;;) {
    const word = frame.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const size = word & ~UNCOMPRESSED_BLOCK_FLAG;
    if (at + size > frame.length) throw new WireFormatError('lz4 block beyond the end');
    const block = frame.subarray(at, at + size);
    if ((word & UNCOMPRESSED_BLOCK_FLAG) !== 0) output.append(block);
    else decompressBlock(block, output);
    at += size + (hasBlockChecksum ? 4 : 0);
  }
  return output.content();
}

function decompressBlock(block: Buffer, output: GrowingBuffer): void {
  let at = 0;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new WireFormatError('lz4 block ends in the middle');
    return byte;
  };
  // 15 in a token means that more follows: every byte adds, the first below 255 ends it.
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let byte;
      do length += byte = next();
      while (byte === 255);
    }
    return length;
  };
  while (at < block.length) {
    const token = next();
    const literals = extended(token >>> 4);
    if (at + literals > block.length) throw new WireFormatError('lz4 literals beyond the end');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at >= block.length) return; // the last sequence has literals only
    const offset = next() | (next() << 8);
    output.repeat(offset, extended(token & 15) + MIN_MATCH_BYTES);
  }
}

/** Blocks of a frame may refer to the ones before, so all of them go into one buffer. */
class GrowingBuffer {
  private buffer = Buffer.allocUnsafe(64 * 1024);
  private length = 0;

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed > DECOMPRESSED_BYTES_MAX) throw new WireFormatError('lz4 frame too large');
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  append(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.buffer, this.length);
    this.length += bytes.length;
  }

  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.length) throw new WireFormatError('lz4 match out of range');
    this.reserve(count);
    for (let i = 0; i < count; i++, this.length++) {
      this.buffer[this.length] = this.buffer[this.length - offset] as number;
    }
  }

  content(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}
