import { ByteCursor, FormatError } from './byte-cursor.ts';

// Snappy (github.com/google/snappy, format_description.txt). Java's clients wrap blocks in the stream format of xerial:
// a magic header, then blocks with their lengths; others send one bare block.

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version and oldest compatible version. */
const XERIAL_HEADER_BYTES = 16;

/** @throws FormatError when it is not snappy, or has more than `bytesMax` */
export function inflateSnappy(bytes: Buffer, bytesMax: number): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return inflateBlock(bytes, bytesMax);
  const cursor = new ByteCursor(bytes, XERIAL_HEADER_BYTES);
  const blocks: Buffer[] = [];
  for (let left = bytesMax; cursor.left > 0;) {
    const block = inflateBlock(cursor.take(cursor.int32()), left);
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

const LITERAL = 0;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

function inflateBlock(block: Buffer, bytesMax: number): Buffer {
  const cursor = new ByteCursor(block);
  const length = cursor.uvarint();
  if (length > bytesMax) throw new FormatError(`it decompresses to more than ${bytesMax} bytes`);
  const output = Buffer.allocUnsafe(length);
  let written = 0;
  while (cursor.left > 0) {
    const tag = block[cursor.skip(1)]!;
    const kind = tag & 3;
    if (kind === LITERAL) {
      let size = tag >>> 2;
      // 60 to 63 mean that the size follows in one to four bytes.
      if (size >= 60) size = littleEndian(cursor, size - 59);
      size += 1;
      if (size > length - written) throw new FormatError('a snappy literal beyond the end');
      const from = cursor.skip(size);
      block.copy(output, written, from, from + size);
      written += size;
      continue;
    }
    const isShort = kind === COPY_1_BYTE_OFFSET;
    const size = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = isShort
      ? ((tag >>> 5) << 8) | littleEndian(cursor, 1)
      : littleEndian(cursor, kind === COPY_2_BYTE_OFFSET ? 2 : 4);
    if (distance === 0 || distance > written || size > length - written) {
      throw new FormatError('a snappy copy out of range');
    }
    // One by one: a copy may overlap what it writes.
    for (const end = written + size; written < end; written += 1) output[written] = output[written - distance]!;
  }
  if (written !== length) throw new FormatError('a snappy block shorter than it says');
  return output;
}

function littleEndian(cursor: ByteCursor, byteCount: number): number {
  return cursor.bytes.readUIntLE(cursor.skip(byteCount), byteCount);
}
