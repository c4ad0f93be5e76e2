import { WireFormatError } from './byte-reader.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { xxh32 } from './xxh32.ts';

// LZ4 frame and block formats (github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md), as strict as Java's
// clients: independent blocks only, no dictionary, the checksums of header and blocks must be right, that of
// the content is ignored.

const FRAME_MAGIC = 0x184d2204;
/** Magic, flags and block descriptor. */
const HEADER_BYTES = 6;
const UNCOMPRESSED_BLOCK_FLAG = 0x80000000;
const MIN_MATCH_BYTES = 4;

const VERSION = 1;
const INDEPENDENT_FLAG = 0x20;
const BLOCK_CHECKSUM_FLAG = 0x10;
const CONTENT_SIZE_FLAG = 0x08;
const CONTENT_CHECKSUM_FLAG = 0x04;
const RESERVED_FLAGS = 0x03;

/** @throws {DecompressedTooLargeError} beyond `bytesMax`; another error for invalid input */
export function decompressLz4Frame(frame: Buffer, bytesMax: number): Buffer {
  const { flags, blockBytesMax, headerBytes } = readFrameHeader(frame);
  const checksumBytes = (flags & BLOCK_CHECKSUM_FLAG) === 0 ? 0 : 4;
  const output = new GrowingBuffer(bytesMax, frame.length * 4);
  let at = headerBytes;
  for (;;) {
    const word = wordAt(frame, at);
    at += 4;
    if (word === 0) break;
    const size = word & ~UNCOMPRESSED_BLOCK_FLAG;
    if (size > blockBytesMax) throw new WireFormatError(`lz4 block of ${size} bytes`);
    if (at + size + checksumBytes > frame.length) throw new WireFormatError('lz4 block beyond the end');
    const block = frame.subarray(at, at + size);
    at += size + checksumBytes;
    if (checksumBytes > 0 && wordAt(frame, at - 4) !== xxh32(block)) throw new WireFormatError('lz4 block checksum');
    const begin = output.length;
    if ((word & UNCOMPRESSED_BLOCK_FLAG) !== 0) output.append(block, 0, size);
    else decompressBlock(block, output);
    if (output.length - begin > blockBytesMax) throw new WireFormatError('lz4 block larger than the frame declares');
  }
  if ((flags & CONTENT_CHECKSUM_FLAG) !== 0) wordAt(frame, at);
  return output.content();
}

function wordAt(frame: Buffer, at: number): number {
  if (at + 4 > frame.length) throw new WireFormatError('lz4 frame ends in the middle');
  return frame.readUInt32LE(at);
}

function readFrameHeader(frame: Buffer): { flags: number; blockBytesMax: number; headerBytes: number } {
  if (wordAt(frame, 0) !== FRAME_MAGIC) throw new WireFormatError('not an lz4 frame');
  const flags = frame[4] ?? 0;
  const descriptor = frame[5] ?? 0;
  const sizeClass = descriptor >>> 4;
  if (flags >>> 6 !== VERSION || (flags & RESERVED_FLAGS) !== 0 || (flags & INDEPENDENT_FLAG) === 0) {
    throw new WireFormatError('unsupported lz4 frame');
  }
  if (sizeClass < 4 || sizeClass > 7 || (descriptor & 0x0f) !== 0) throw new WireFormatError('lz4 block size');
  const checkedBytes = HEADER_BYTES + ((flags & CONTENT_SIZE_FLAG) === 0 ? 0 : 8);
  if (frame[checkedBytes] !== ((xxh32(frame.subarray(4, checkedBytes)) >>> 8) & 0xff)) {
    throw new WireFormatError('lz4 header checksum');
  }
  // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
  return { flags, blockBytesMax: 2 ** (8 + 2 * sizeClass), headerBytes: checkedBytes + 1 };
}

function decompressBlock(block: Buffer, output: GrowingBuffer): void {
  const begin = output.length;
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
    output.append(block, at, at + literals);
    at += literals;
    if (at >= block.length) return; // the last sequence has literals only
    const distance = next() | (next() << 8);
    if (distance === 0 || distance > output.length - begin) throw new WireFormatError('lz4 match out of range');
    output.repeat(distance, extended(token & 15) + MIN_MATCH_BYTES);
  }
}
