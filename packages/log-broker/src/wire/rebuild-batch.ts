import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';
import { BATCH_HEADER_BYTES, BATCH_LENGTH_PREFIX_BYTES, COMPRESSION_MASK, HEADER_AT as AT } from './record-batch.ts';
import type { BatchHeader, StoredRecord } from './record-batch.ts';

// A batch from which compaction has removed records. Offsets, sequences and the producer in the header stay, so that the
// others keep their offsets and the producer its state.

/** The base timestamp of the header is the time at which tombstones and markers of the batch may be removed (KIP-534). */
const DELETE_HORIZON_FLAG = 0x40;
const NO_TIMESTAMP = -1;

/** Milliseconds since 1970; undefined before the first compaction of a tombstone or marker in the batch. */
export function deleteHorizonOf(batch: Buffer): number | undefined {
  const isSet = (batch.readInt16BE(AT.attributes) & DELETE_HORIZON_FLAG) !== 0;
  return isSet ? new ByteReader(batch, AT.baseTimestamp).int64() : undefined;
}

/** The kept records one behind the other. With a new delete horizon their timestamps are stored relative to it. */
export function joinRecords(records: Buffer, kept: readonly StoredRecord[], newHorizon: number | undefined): Buffer {
  if (newHorizon === undefined) return Buffer.concat(kept.map(({ start, end }) => records.subarray(start, end)));
  const joined = new ByteWriter(records.length + kept.length * 8);
  for (const record of kept) {
    const reader = new ByteReader(records, record.start);
    reader.varint(); // length
    const attributes = reader.int8();
    reader.varlong(); // timestamp
    const rest = records.subarray(reader.position, record.end);
    const body = new ByteWriter(16 + rest.length);
    body.int8(attributes);
    body.varlong(record.timestamp - newHorizon);
    joined.varint(body.size + rest.length);
    joined.append(body);
    joined.bytes(rest);
  }
  return joined.toBuffer();
}

interface RebuiltPart {
  readonly kept: readonly StoredRecord[];
  readonly compression: number;
  /** The kept records as `joinRecords` returns them, compressed. */
  readonly payload: Buffer;
  readonly newHorizon: number | undefined;
}

/** `batch` with these records only. */
export function rebuildBatch(batch: Buffer, header: BatchHeader, part: RebuiltPart): Buffer {
  const { kept, compression, payload, newHorizon } = part;
  const rebuilt = Buffer.concat([batch.subarray(0, BATCH_HEADER_BYTES), payload]);
  const flags = batch.readInt16BE(AT.attributes) & ~COMPRESSION_MASK;
  const maxTimestamp = kept.reduce((newest, { timestamp }) => Math.max(newest, timestamp), NO_TIMESTAMP);
  rebuilt.writeInt32BE(rebuilt.length - BATCH_LENGTH_PREFIX_BYTES, AT.batchLength);
  rebuilt.writeInt16BE(flags | compression | (newHorizon === undefined ? 0 : DELETE_HORIZON_FLAG), AT.attributes);
  if (newHorizon !== undefined) rebuilt.writeBigInt64BE(BigInt(newHorizon), AT.baseTimestamp);
  if (!header.usesLogAppendTime) rebuilt.writeBigInt64BE(BigInt(maxTimestamp), AT.maxTimestamp);
  rebuilt.writeInt32BE(kept.length, AT.recordCount);
  return sealed(rebuilt);
}

/** `batch` without its records, for what its header keeps: the last offset of the log, the last sequence of a producer. */
export function emptyBatch(batch: Buffer): Buffer {
  const empty = Buffer.from(batch.subarray(0, BATCH_HEADER_BYTES));
  empty.writeInt32BE(BATCH_HEADER_BYTES - BATCH_LENGTH_PREFIX_BYTES, AT.batchLength);
  empty.writeInt16BE(batch.readInt16BE(AT.attributes) & ~COMPRESSION_MASK & ~DELETE_HORIZON_FLAG, AT.attributes);
  empty.writeBigInt64BE(BigInt(NO_TIMESTAMP), AT.baseTimestamp);
  empty.writeInt32BE(0, AT.recordCount);
  return sealed(empty);
}

function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, AT.attributes), AT.crc);
  return batch;
}
