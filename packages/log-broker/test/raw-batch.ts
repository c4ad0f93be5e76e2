import { ByteWriter } from '../src/wire/byte-writer.ts';
import { crc32c } from '../src/wire/crc32c.ts';
import { encodeBatch } from '../src/wire/record-batch.ts';
import { CODECS, compress } from './compressed.ts';

// Batches that no encoder writes: every field as the test wants it, and always a valid checksum.

const AT = {
  batchLength: 8,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  recordCount: 57,
};
const HEADER_BYTES = 61;

export interface RawRecord {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly attributes?: number;
  /** Text, null, or a length without bytes. */
  readonly key?: string | null | number;
  readonly value?: string | null | number;
  readonly headerCount?: number;
  readonly headers?: readonly (readonly [key: string | number, value: string | null | number])[];
  /** Replaces the real one. */
  readonly length?: number;
  /** Behind the last field, but within the record. */
  readonly trailing?: string;
}

export function rawRecords(records: readonly RawRecord[]): Buffer {
  const payload = new ByteWriter();
  for (const [index, record] of records.entries()) {
    const body = new ByteWriter();
    body.int8(record.attributes ?? 0);
    body.varlong(record.timestampDelta ?? 0);
    body.varint(record.offsetDelta ?? index);
    field(body, record.key === undefined ? 'k' : record.key);
    field(body, record.value === undefined ? 'v' : record.value);
    const headers = record.headers ?? [];
    body.varint(record.headerCount ?? headers.length);
    for (const [key, value] of headers) {
      field(body, key);
      field(body, value);
    }
    if (record.trailing !== undefined) body.bytes(Buffer.from(record.trailing));
    payload.varint(record.length ?? body.size);
    payload.append(body);
  }
  return payload.toBuffer();
}

function field(writer: ByteWriter, content: string | null | number): void {
  if (typeof content === 'number') return writer.varint(content);
  if (content === null) return writer.varint(-1);
  const bytes = Buffer.from(content);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

export interface RawBatch {
  readonly codec?: number;
  /** More bits of the attributes. */
  readonly flags?: number;
  readonly recordCount?: number;
  readonly lastOffsetDelta?: number;
  readonly timestamp?: number;
  readonly maxTimestamp?: number;
}

/** A batch with `payload` as the bytes behind the header. */
export function batchAround(
  payload: Buffer,
  { codec = CODECS.none, flags = 0, timestamp = Date.now(), ...rest }: RawBatch = {},
): Buffer {
  const header = encodeBatch({ records: [], timestamp }).subarray(0, HEADER_BYTES);
  const batch = Buffer.concat([header, payload]);
  const recordCount = rest.recordCount ?? 1;
  batch.writeInt32BE(batch.length - 12, AT.batchLength);
  batch.writeInt16BE(codec | flags, AT.attributes);
  batch.writeInt32BE(rest.lastOffsetDelta ?? recordCount - 1, AT.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(rest.maxTimestamp ?? timestamp), AT.maxTimestamp);
  batch.writeInt32BE(recordCount, AT.recordCount);
  batch.writeUInt32BE(crc32c(batch, AT.attributes), AT.crc);
  return batch;
}

/** A batch of these records, compressed with `codec`. */
export function rawBatch(records: readonly RawRecord[], rest: RawBatch = {}): Buffer {
  const payload = compress(rawRecords(records), rest.codec ?? CODECS.none);
  return batchAround(payload, { recordCount: records.length, ...rest });
}
