import { crc32c } from '../src/kafka/record-set/crc32c.ts';

/** Codecs by their numbers in a batch's attributes. */
export const CODEC = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export const LOG_APPEND_TIME = 1 << 3;
export const TRANSACTIONAL = 1 << 4;
export const CONTROL = 1 << 5;

export const BATCH_HEADER_BYTES = 61;
const AT = { length: 8, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23 } as const;
const PREFIX_BYTES = 12;

export interface RecordToWrite {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: ReadonlyArray<readonly [name: string, value: Buffer | null]>;
  readonly offsetDelta?: number;
  readonly timestampDelta?: bigint;
}

export interface BatchToWrite {
  readonly firstOffset?: bigint;
  readonly records?: readonly RecordToWrite[];
  readonly attributes?: number;
  readonly lastOffsetDelta?: number;
  readonly recordCount?: number;
  readonly baseTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  /** Of the records before compression. */
  readonly compress?: (records: Buffer) => Buffer;
}

/** A record batch, format v2, whose header may be wrong. */
export function makeBatch(batch: BatchToWrite): Buffer {
  const records = batch.records ?? [{ value: Buffer.from('a value') }];
  const bytes = Buffer.concat(records.map(recordBytes));
  const payload = batch.compress?.(bytes) ?? bytes;
  const header = Buffer.alloc(BATCH_HEADER_BYTES);
  header.writeBigInt64BE(batch.firstOffset ?? 0n);
  header.writeInt8(2, AT.magic);
  header.writeInt32BE(batch.lastOffsetDelta ?? records.length - 1, AT.lastOffsetDelta);
  header.writeBigInt64BE(batch.baseTimestamp ?? 1_700_000_000_000n, 27);
  header.writeBigInt64BE(batch.maxTimestamp ?? 1_700_000_000_000n, 35);
  header.writeBigInt64BE(batch.producerId ?? -1n, 43);
  header.writeInt16BE(-1, 51);
  header.writeInt32BE(-1, 53);
  header.writeInt32BE(batch.recordCount ?? records.length, 57);
  const whole = Buffer.concat([header, payload]);
  whole.writeInt32BE(whole.length - PREFIX_BYTES, AT.length);
  return sealBatch(whole, batch.attributes ?? 0);
}

/** With these attributes, and the checksum that is right for what is there. */
export function sealBatch(batch: Buffer, attributes: number): Buffer {
  batch.writeInt16BE(attributes, AT.attributes);
  batch.writeUInt32BE(crc32c(batch, AT.attributes), AT.crc);
  return batch;
}

export function attributesOf(batch: Buffer): number {
  return batch.readInt16BE(AT.attributes);
}

/** Where the batch with this byte begins, and its length, in bytes that begin with a batch. */
export function batchAround(log: Buffer, position: number): { start: number; bytes: number } {
  let start = 0;
  for (;;) {
    const bytes = log.readInt32BE(start + AT.length) + PREFIX_BYTES;
    if (position < start + bytes) return { start, bytes };
    start += bytes;
  }
}

function recordBytes(record: RecordToWrite, index: number): Buffer {
  const { key = null, value = null, headers = [] } = record;
  const body = Buffer.concat([
    Buffer.of(0),
    varint(record.timestampDelta ?? 0n),
    varint(BigInt(record.offsetDelta ?? index)),
    withLength(key),
    withLength(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([name, content]) => [withLength(Buffer.from(name)), withLength(content)]),
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

function withLength(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1n) : Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
