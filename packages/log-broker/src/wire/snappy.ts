import { ByteReader, WireFormatError } from './byte-reader.ts';
import { DECOMPRESSED_BYTES_MAX } from './decompress.ts';

// Snappy (github.com/google/snappy, format_description.txt). Java's clients wrap blocks in the xerial stream format:
// a magic header, then length-prefixed blocks; others send one bare block.

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version and oldest compatible version. */
const XERIAL_HEADER_BYTES = 16;

export function decompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return decompressBlock(bytes);
  const reader = new ByteReader(bytes, XERIAL_HEADER_BYTES);
  const blocks: Buffer[] = [];
  while (reader.remaining > 0) blocks.push(decompressBlock(reader.bytes(reader.int32())));
  return Buffer.concat(blocks);
}

const LITERAL = 0;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

function decompressBlock(block: Buffer): Buffer {
  const reader = new ByteReader(block);
  const length = reader.unsignedVarint();
  if (length > DECOMPRESSED_BYTES_MAX) throw new WireFormatError(`snappy block of ${length} bytes`);
  const output = Buffer.alloc(length);
  let written = 0;
  while (reader.remaining > 0) {
    const tag = reader.int8() & 0xff;
    const kind = tag & 3;
    if (kind === LITERAL) {
      let size = tag >>> 2;
      // 60 to 63 mean that the size follows in one to four bytes.
      if (size >= 60) size = littleEndian(reader, size - 59);
      const literal = reader.bytes(size + 1);
      if (written + literal.length > length) throw new WireFormatError('snappy literal beyond the end');
      literal.copy(output, written);
      written += literal.length;
      continue;
    }
    const isShort = kind === COPY_1_BYTE_OFFSET;
    const size = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = isShort
      ? ((tag >>> 5) << 8) | littleEndian(reader, 1)
      : littleEndian(reader, kind === COPY_2_BYTE_OFFSET ? 2 : 4);
    if (offset === 0 || offset > written || written + size > length)
      throw new WireFormatError('snappy copy out of range');
    // One by one: a copy may overlap what it writes.
    for (let i = 0; i < size; i++, written++) output[written] = output[written - offset] as number;
  }
  if (written !== length) throw new WireFormatError('snappy block shorter than it says');
  return output;
}

function littleEndian(reader: ByteReader, byteCount: number): number {
  return reader.bytes(byteCount).readUIntLE(0, byteCount);
}
