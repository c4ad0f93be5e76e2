import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { FormatError } from './byte-cursor.ts';
import { inflateLz4 } from './lz4.ts';
import { inflateSnappy } from './snappy.ts';

type Inflate = (bytes: Buffer, bytesMax: number) => Buffer;

interface Codec {
  readonly name: string;
  readonly inflate: Inflate;
}

/** By their numbers in a batch's attributes. */
const CODECS: readonly Codec[] = [
  { name: 'none', inflate: (bytes) => bytes },
  { name: 'gzip', inflate: bounded(gunzipSync) },
  { name: 'snappy', inflate: inflateSnappy },
  { name: 'lz4', inflate: inflateLz4 },
  { name: 'zstd', inflate: bounded(zstdDecompressSync) },
];

/**
 * The records of a batch as they were before compression.
 * @throws FormatError when the codec is unknown, the bytes are not its format, or they inflate to more than `bytesMax`; it counts
 * while it inflates, so memory stays near that bound
 */
export function inflate(bytes: Buffer, codec: number, bytesMax: number): Buffer {
  const known = CODECS[codec];
  if (known === undefined) throw new FormatError(`compressed by codec ${codec}, which is unknown`);
  try {
    return known.inflate(bytes, bytesMax);
  } catch (error) {
    throw new FormatError(`not decompressed by ${known.name}: ${(error as Error).message}`, { cause: error });
  }
}

function bounded(sync: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer): Inflate {
  return (bytes, bytesMax) => {
    try {
      return sync(bytes, { maxOutputLength: bytesMax });
    } catch (error) {
      const isTooLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
      throw isTooLarge ? new FormatError(`it decompresses to more than ${bytesMax} bytes`) : error;
    }
  };
}
