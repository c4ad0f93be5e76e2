import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { WireFormatError } from './byte-reader.ts';
import { decompressLz4Frame } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';

const NONE = 0;
const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

/** A batch of this size decompressed is beyond what any client sends; more would be a bomb. */
export const DECOMPRESSED_BYTES_MAX = 128 * 1024 * 1024;

/**
 * The records of a compressed batch. The broker passes batches on as they are and only opens one to find a record by
 * its time.
 *
 * @throws when the content is not what the codec says
 */
export function decompress(payload: Buffer, compression: number): Buffer {
  switch (compression) {
    case NONE:
      return payload;
    case GZIP:
      return gunzipSync(payload, { maxOutputLength: DECOMPRESSED_BYTES_MAX });
    case SNAPPY:
      return decompressSnappy(payload);
    case LZ4:
      return decompressLz4Frame(payload);
    case ZSTD:
      return zstdDecompressSync(payload, { maxOutputLength: DECOMPRESSED_BYTES_MAX });
    default:
      throw new WireFormatError(`unknown compression ${compression}`);
  }
}
