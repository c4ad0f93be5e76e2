import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { WireFormatError } from './byte-reader.ts';
import { DecompressedTooLargeError } from './growing-buffer.ts';
import { decompressLz4Frame } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';

export const NONE = 0;
export const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
export const ZSTD = 4;

/** Each needs a decompressor; clients send one. */
const ZSTD_FRAMES_MAX = 16;

const INFLATED_PIECE_BYTES_MIN = 16 * 1024;
const INFLATED_PIECE_BYTES_MAX = 1024 * 1024;

/**
 * The records of a compressed batch. Output is counted as it is produced: memory stays near `bytesMax`, whatever the
 * content declares.
 *
 * @throws {DecompressedTooLargeError} when there is more than `bytesMax`; another error when the content is
 *   invalid for the codec
 */
export function decompress(payload: Buffer, compression: number, bytesMax: number): Buffer {
  switch (compression) {
    case NONE:
      return payload;
    case GZIP:
      return inflate(gunzipSync, payload, bytesMax).content;
    case SNAPPY:
      return decompressSnappy(payload, bytesMax);
    case LZ4:
      return decompressLz4Frame(payload, bytesMax);
    case ZSTD:
      return decompressZstdFrames(payload, bytesMax);
    default:
      throw new WireFormatError(`unknown compression ${compression}`);
  }
}

/** Java's clients read several frames as one; Node stops after the first. */
function decompressZstdFrames(payload: Buffer, bytesMax: number): Buffer {
  const contents: Buffer[] = [];
  let bytesLeft = bytesMax;
  for (let rest = payload; ;) {
    const { content, consumedBytes } = inflate(zstdDecompressSync, rest, bytesLeft);
    contents.push(content);
    bytesLeft -= content.length;
    rest = rest.subarray(consumedBytes);
    if (rest.length === 0) return contents.length === 1 ? content : Buffer.concat(contents);
    if (contents.length === ZSTD_FRAMES_MAX) throw new WireFormatError(`more than ${ZSTD_FRAMES_MAX} zstd frames`);
  }
}

interface Inflated {
  readonly content: Buffer;
  readonly consumedBytes: number;
}

function inflate(codec: typeof gunzipSync | typeof zstdDecompressSync, bytes: Buffer, bytesMax: number): Inflated {
  // Enough for the usual output; larger output comes in pieces of this size.
  const chunkSize = Math.min(Math.max(bytes.length * 4, INFLATED_PIECE_BYTES_MIN), INFLATED_PIECE_BYTES_MAX);
  try {
    // `info` is documented but missing in the types; it reports how much input was consumed.
    const options = { maxOutputLength: Math.max(bytesMax, 1), chunkSize, info: true };
    const { buffer, engine } = codec(bytes, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { content: buffer, consumedBytes: engine.bytesWritten };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new DecompressedTooLargeError(bytesMax);
  }
}
