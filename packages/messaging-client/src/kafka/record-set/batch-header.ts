// Record batch, format v2 (https://kafka.apache.org/documentation/#recordbatch).

const AT = {
  firstOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  recordCount: 57,
} as const;

/** Bytes up to and including the length, which does not count them. */
export const BATCH_PREFIX_BYTES = 12;
/** Bytes before the first record. */
export const BATCH_HEADER_BYTES = 61;
/** The checksum is of everything from here on: not of the offset, which the broker writes. */
export const BATCH_CHECKED_FROM = AT.attributes;
/** The only format since Kafka 0.11. */
export const BATCH_MAGIC = 2;

const CODEC_MASK = 0x07;
const LOG_APPEND_TIME_FLAG = 0x08;
const TRANSACTIONAL_FLAG = 0x10;
const CONTROL_FLAG = 0x20;

export interface BatchHeader {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly magic: number;
  /** CRC-32C. */
  readonly crc: number;
  readonly codec: number;
  readonly hasAppendTime: boolean;
  readonly isTransactional: boolean;
  /** The marker of a transaction's end, not a record of a client. */
  readonly isControl: boolean;
  /** Milliseconds since 1970. */
  readonly baseTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly recordCount: number;
}

export function firstOffsetAt(bytes: Buffer, at: number): bigint {
  return bytes.readBigInt64BE(at + AT.firstOffset);
}

/** Bytes of the whole batch by its own length. */
export function batchBytesAt(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at + AT.length) + BATCH_PREFIX_BYTES;
}

export function magicAt(bytes: Buffer, at: number): number {
  return bytes.readInt8(at + AT.magic);
}

/** Of a whole batch; checks nothing. */
export function readBatchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(AT.attributes);
  return {
    firstOffset: firstOffsetAt(batch, 0),
    lastOffsetDelta: batch.readInt32BE(AT.lastOffsetDelta),
    magic: magicAt(batch, 0),
    crc: batch.readUInt32BE(AT.crc),
    codec: attributes & CODEC_MASK,
    hasAppendTime: (attributes & LOG_APPEND_TIME_FLAG) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    isControl: (attributes & CONTROL_FLAG) !== 0,
    baseTimestamp: batch.readBigInt64BE(AT.baseTimestamp),
    maxTimestamp: batch.readBigInt64BE(AT.maxTimestamp),
    producerId: batch.readBigInt64BE(AT.producerId),
    recordCount: batch.readInt32BE(AT.recordCount),
  };
}
