import { ByteReader, WireFormatError } from './byte-reader.ts';
import { DecompressedTooLargeError } from './growing-buffer.ts';

// Snappy (github.com/google/snappy, format_description.txt). Java's clients wrap blocks in the xerial stream format:
// a magic header, then length-prefixed blocks; others send one bare block.

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version and oldest compatible version. */
const XERIAL_HEADER_BYTES = 16;

/** @throws {DecompressedTooLargeError} beyond `bytesMax`; another error for invalid input */
export function decompressSnappy(bytes: Buffer, bytesMax: number): Buffer {
  const blocks = blocksOf(bytes);
  // Blocks declare their output length: one allocation, and none if it is too large.
  const length = blocks.reduce((sum, block) => sum + new ByteReader(block).unsignedVarint(), 0);
  if (length > bytesMax) throw new DecompressedTooLargeError(bytesMax);
  const output = Buffer.allocUnsafe(length);
  let written = 0;
  for (const block of blocks) written = decompressBlock(block, output, written);
  return output;
}

function blocksOf(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return [bytes];
  const reader = new ByteReader(bytes, XERIAL_HEADER_BYTES);
  const blocks: Buffer[] = [];
  while (reader.remaining > 0) blocks.push(reader.bytes(reader.int32()));
  return blocks;
}

const LITERAL = 0;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

/** Returns where the block ends in `output`; every byte before it has been written. */
function decompressBlock(block: Buffer, output: Buffer, begin: number): number {
  const reader = new ByteReader(block);
  const end = begin + reader.unsignedVarint();
  let at = reader.position;
  let written = begin;
  const littleEndian = (count: number): number => {
    if (at + count > block.length) throw new WireFormatError('snappy block ends in the middle');
    at += count;
    return block.readUIntLE(at - count, count);
  };
  while (at < block.length) {
    const tag = block[at++] as number;
    const kind = tag & 3;
    if (kind === LITERAL) {
      const short = tag >>> 2;
      // 60 to 63 mean that the size follows in one to four bytes.
      const size = (short < 60 ? short : littleEndian(short - 59)) + 1;
      if (at + size > block.length || written + size > end) throw new WireFormatError('snappy literal beyond the end');
      block.copy(output, written, at, at + size);
      at += size;
      written += size;
      continue;
    }
    const isShort = kind === COPY_1_BYTE_OFFSET;
    const size = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = isShort ? ((tag >>> 5) << 8) | littleEndian(1) : littleEndian(kind === COPY_2_BYTE_OFFSET ? 2 : 4);
    if (distance === 0 || distance > written - begin || written + size > end) {
      throw new WireFormatError('snappy copy out of range');
    }
    // One by one: a copy may overlap what it writes, and is short.
    for (const copied = written + size; written < copied; written++)
      output[written] = output[written - distance] as number;
  }
  if (written !== end) throw new WireFormatError('snappy block shorter than declared');
  return end;
}
