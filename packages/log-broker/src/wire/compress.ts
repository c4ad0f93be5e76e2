import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { GZIP, NONE, ZSTD } from './decompress.ts';

const gzipLater = promisify(gzip);
const zstdLater = promisify(zstdCompress);

interface Compressed {
  readonly compression: number;
  readonly payload: Buffer;
}

/**
 * Records of a batch, compressed again after some were removed; on another thread, as it is slow. Node has no compressor for
 * snappy and lz4: their batches become gzip, which every client reads.
 */
export async function compress(records: Buffer, compression: number): Promise<Compressed> {
  if (compression === NONE) return { compression, payload: records };
  if (compression === ZSTD) return { compression, payload: await zstdLater(records) };
  return { compression: GZIP, payload: await gzipLater(records) };
}
