import { ByteReader, WireFormatError, int64At } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';

// Record batch, format v2 (https://kafka.apache.org/documentation/#recordbatch): what producers send is what the log
// keeps and consumers get. The base offset and the leader epoch lie outside the checksum, so the broker can set them in
// place. Produced batches are decompressed once, to check that they can be read; they are stored as they came.

/** Where the fields of a header are. */
export const HEADER_AT = {
  baseOffset: 0,
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;
const AT = HEADER_AT;

/** Bytes before the first record. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes up to and including the batch length, which does not count them. */
export const BATCH_LENGTH_PREFIX_BYTES = 12;
export const BATCH_MAGIC = 2;

export const NO_PRODUCER_ID = -1;

export const COMPRESSION_MASK = 0x07;
const LOG_APPEND_TIME_FLAG = 0x08;
const TRANSACTIONAL_FLAG = 0x10;
const CONTROL_FLAG = 0x20;

export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Bytes of the whole batch, header included. */
  readonly sizeBytes: number;
  readonly magic: number;
  readonly crc: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly usesLogAppendTime: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly recordCount: number;
}

/** Bytes of the batch that begins at `at`, by its own length field. */
export function batchSizeAt(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + AT.batchLength) + BATCH_LENGTH_PREFIX_BYTES;
}

export function baseOffsetAt(bytes: Buffer, at: number): number {
  return int64At(bytes, at);
}

export function lastOffsetAt(bytes: Buffer, at: number): number {
  return baseOffsetAt(bytes, at) + bytes.readInt32BE(at + AT.lastOffsetDelta);
}

/** Needs {@link BATCH_HEADER_BYTES} at `at`. Checks nothing: see {@link batchDefect}. */
export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader {
  const attributes = bytes.readInt16BE(at + AT.attributes);
  const baseOffset = baseOffsetAt(bytes, at);
  const lastOffsetDelta = bytes.readInt32BE(at + AT.lastOffsetDelta);
  const baseSequence = bytes.readInt32BE(at + AT.baseSequence);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeBytes: batchSizeAt(bytes, at),
    magic: bytes.readInt8(at + AT.magic),
    crc: bytes.readUInt32BE(at + AT.crc),
    compression: attributes & COMPRESSION_MASK,
    isTransactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    isControl: (attributes & CONTROL_FLAG) !== 0,
    usesLogAppendTime: (attributes & LOG_APPEND_TIME_FLAG) !== 0,
    baseTimestamp: int64At(bytes, at + AT.baseTimestamp),
    maxTimestamp: int64At(bytes, at + AT.maxTimestamp),
    producerId: int64At(bytes, at + AT.producerId),
    producerEpoch: bytes.readInt16BE(at + AT.producerEpoch),
    baseSequence,
    lastSequence: sequenceAfter(baseSequence, lastOffsetDelta),
    recordCount: bytes.readInt32BE(at + AT.recordCount),
  };
}

/** Sequence numbers wrap from 2^31 - 1 to 0. */
export function sequenceAfter(sequence: number, steps: number): number {
  if (sequence < 0) return sequence;
  return (sequence + steps) % 2 ** 31;
}

export type BatchDefect = 'too short' | 'wrong magic' | 'checksum mismatch' | 'wrong record count';

/** What is wrong with the batch at `at` of which `available` bytes are there, or undefined for a whole and valid one. */
export function batchDefect(bytes: Buffer, at: number, available: number): BatchDefect | undefined {
  if (available < BATCH_HEADER_BYTES) return 'too short';
  const size = batchSizeAt(bytes, at);
  if (size < BATCH_HEADER_BYTES || size > available) return 'too short';
  if (bytes.readInt8(at + AT.magic) !== BATCH_MAGIC) return 'wrong magic';
  const crc = crc32c(bytes, at + AT.attributes, at + size);
  if (crc !== bytes.readUInt32BE(at + AT.crc)) return 'checksum mismatch';
  if (bytes.readInt32BE(at + AT.lastOffsetDelta) < 0) return 'wrong record count';
  return undefined;
}

/** Sets the offset and leader epoch of a batch. Both fields are outside the checksum. */
export function placeBatch(batch: Buffer, baseOffset: number, leaderEpoch: number): void {
  const hi = Math.floor(baseOffset / 2 ** 32);
  batch.writeInt32BE(hi, AT.baseOffset);
  batch.writeUInt32BE(baseOffset - hi * 2 ** 32, AT.baseOffset + 4);
  batch.writeInt32BE(leaderEpoch, AT.leaderEpoch);
}

/** For topics with `message.timestamp.type=LogAppendTime`: all records of the batch have this time. */
export function stampAppendTime(batch: Buffer, now: number): void {
  stamp(batch, batch.readInt16BE(AT.attributes) | LOG_APPEND_TIME_FLAG, now);
}

/** Corrects the newest timestamp in the header; records keep their own. */
export function stampCreateTime(batch: Buffer, maxTimestamp: number): void {
  stamp(batch, batch.readInt16BE(AT.attributes) & ~LOG_APPEND_TIME_FLAG, maxTimestamp);
}

/** The only change of a batch that needs a new checksum. */
function stamp(batch: Buffer, attributes: number, maxTimestamp: number): void {
  batch.writeInt16BE(attributes, AT.attributes);
  batch.writeBigInt64BE(BigInt(maxTimestamp), AT.maxTimestamp);
  batch.writeUInt32BE(crc32c(batch, AT.attributes), AT.crc);
}

export interface LogRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A record and where it is in the payload of its batch. */
export interface StoredRecord extends LogRecord {
  readonly start: number;
  readonly end: number;
}

/**
 * The records of a batch whose payload is `records`: the bytes after the header, decompressed if they were compressed.
 * Headers of records are skipped.
 *
 * @throws {WireFormatError} when the payload does not hold as many records as the header declares
 */
export function* readRecords(header: BatchHeader, payload: Buffer): Generator<StoredRecord> {
  const reader = new ByteReader(payload);
  for (let i = 0; i < header.recordCount; i++) {
    const start = reader.position;
    const length = reader.varint();
    const end = reader.position + length;
    if (length < 0 || end > payload.length) throw new WireFormatError(`record of ${length} bytes in a shorter batch`);
    reader.int8(); // attributes, unused
    const timestamp = header.usesLogAppendTime ? header.maxTimestamp : header.baseTimestamp + reader.varlong();
    if (header.usesLogAppendTime) reader.varlong();
    const offset = header.baseOffset + reader.varint();
    const key = nullableBytes(reader);
    const value = nullableBytes(reader);
    yield { offset, timestamp, key, value, start, end };
    reader.position = end;
  }
}

function nullableBytes(reader: ByteReader): Buffer | null {
  const length = reader.varint();
  return length < 0 ? null : reader.bytes(length);
}

export interface BatchToWrite {
  readonly records: readonly {
    key: Buffer | null;
    value: Buffer | null;
    headers?: readonly (readonly [name: string, value: Buffer])[];
  }[];
  readonly timestamp: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

/** An uncompressed batch at offset 0, for the records the broker itself writes (offsets, groups, transaction markers, seeded topics). */
export function encodeBatch(batch: BatchToWrite): Buffer {
  const payload = new ByteWriter(64 + batch.records.length * 128);
  for (const [delta, { key, value, headers = [] }] of batch.records.entries()) {
    const record = new ByteWriter();
    record.int8(0);
    record.varlong(0);
    record.varint(delta);
    writeNullableBytes(record, key);
    writeNullableBytes(record, value);
    record.varint(headers.length);
    for (const [name, content] of headers) {
      writeNullableBytes(record, Buffer.from(name));
      writeNullableBytes(record, content);
    }
    payload.varint(record.size);
    payload.append(record);
  }
  const bytes = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), ...payload.finish()]);
  const attributes = (batch.isTransactional ? TRANSACTIONAL_FLAG : 0) | (batch.isControl ? CONTROL_FLAG : 0);
  bytes.writeInt32BE(bytes.length - BATCH_LENGTH_PREFIX_BYTES, AT.batchLength);
  bytes.writeInt8(BATCH_MAGIC, AT.magic);
  bytes.writeInt16BE(attributes, AT.attributes);
  bytes.writeInt32BE(batch.records.length - 1, AT.lastOffsetDelta);
  bytes.writeBigInt64BE(BigInt(batch.timestamp), AT.baseTimestamp);
  bytes.writeBigInt64BE(BigInt(batch.timestamp), AT.maxTimestamp);
  bytes.writeBigInt64BE(BigInt(batch.producerId ?? NO_PRODUCER_ID), AT.producerId);
  bytes.writeInt16BE(batch.producerEpoch ?? -1, AT.producerEpoch);
  bytes.writeInt32BE(batch.baseSequence ?? -1, AT.baseSequence);
  bytes.writeInt32BE(batch.records.length, AT.recordCount);
  bytes.writeUInt32BE(crc32c(bytes, AT.attributes), AT.crc);
  return bytes;
}

function writeNullableBytes(writer: ByteWriter, bytes: Buffer | null): void {
  writer.varint(bytes === null ? -1 : bytes.length);
  if (bytes) writer.bytes(bytes);
}
