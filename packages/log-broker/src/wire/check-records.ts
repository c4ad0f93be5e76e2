import { RECORD_ERRORS_MAX } from '../limits.ts';
import { WireFormatError } from './byte-reader.ts';

// Every produced record passes here, so this is a loop over numbers that allocates nothing for a valid one.

/** The allowed timestamps of records in one batch, and whether they need a key. */
export interface RecordRules {
  /** True for a compacted topic. */
  readonly needsKey: boolean;
  /** Milliseconds since 1970, both inclusive. Records without a timestamp (-1) are always accepted. */
  readonly earliest: number;
  readonly latest: number;
}

export interface RefusedRecord {
  /** Which record of the batch, from 0. */
  readonly index: number;
  /** Its timestamp, when that is the reason of the refusal. */
  readonly timestamp: number | undefined;
}

export interface CheckedRecords {
  /** The newest timestamp, -1 when they have none. */
  readonly maxTimestamp: number;
  /** Records that are whole but break a rule: the first {@link RECORD_ERRORS_MAX} of them. */
  readonly refused: readonly RefusedRecord[];
  readonly refusedCount: number;
}

const NO_TIMESTAMP = -1;

/** Position of the next byte: outside of the functions, so that they share it without an object. */
let at = 0;

/**
 * Reads the records in `payload` (decompressed) as a consumer would. Their offsets must count up from 0.
 *
 * @throws {WireFormatError} when these are not exactly `count` records
 */
export function checkRecords(
  payload: Buffer,
  count: number,
  baseTimestamp: number,
  rules: RecordRules,
): CheckedRecords {
  const { needsKey, earliest, latest } = rules;
  const refused: RefusedRecord[] = [];
  let refusedCount = 0;
  let maxTimestamp = NO_TIMESTAMP;
  at = 0;
  for (let index = 0; index < count; index++) {
    const length = varint(payload, payload.length);
    const end = at + length;
    if (length < 1 || end > payload.length)
      throw new WireFormatError(`record ${index} of ${length} bytes does not fit`);
    at++; // attributes, unused
    const timestamp = baseTimestamp + varlong(payload, end);
    const offsetDelta = varint(payload, end);
    if (offsetDelta !== index) throw new WireFormatError(`record ${index} has the offset of ${offsetDelta}`);
    const hasKey = skipNullable(payload, end);
    skipNullable(payload, end);
    skipHeaders(payload, end);
    if (at !== end) throw new WireFormatError(`record ${index} is shorter than its length`);

    const isInTime = timestamp === NO_TIMESTAMP || (timestamp >= earliest && timestamp <= latest);
    if (!isInTime || (needsKey && !hasKey)) {
      refusedCount++;
      if (refused.length < RECORD_ERRORS_MAX) refused.push({ index, timestamp: isInTime ? undefined : timestamp });
    } else if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  if (at !== payload.length) throw new WireFormatError(`${payload.length - at} bytes behind the last record`);
  return { maxTimestamp, refused, refusedCount };
}

/** A length and so many bytes. False for -1, which means null. */
function skipNullable(bytes: Buffer, end: number): boolean {
  const length = varint(bytes, end);
  if (length === -1) return false;
  if (length < 0 || length > end - at) throw new WireFormatError(`field of ${length} bytes in ${end - at}`);
  at += length;
  return true;
}

function skipHeaders(bytes: Buffer, end: number): void {
  const count = varint(bytes, end);
  // Every header takes at least two bytes, so a larger count is wrong.
  if (count < 0 || count * 2 > end - at) throw new WireFormatError(`${count} headers in ${end - at} bytes`);
  for (let i = 0; i < count; i++) {
    if (!skipNullable(bytes, end)) throw new WireFormatError('header without a key');
    skipNullable(bytes, end);
  }
}

function byteBefore(bytes: Buffer, end: number): number {
  if (at >= end) throw new WireFormatError('record ends in the middle of a number');
  return bytes[at++] as number;
}

function varint(bytes: Buffer, end: number): number {
  let value = 0;
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = byteBefore(bytes, end);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
  throw new WireFormatError('varint longer than five bytes');
}

/** Exact up to 2^52, which is far beyond every real timestamp. */
function varlong(bytes: Buffer, end: number): number {
  let byte = byteBefore(bytes, end);
  const isNegative = (byte & 1) === 1;
  let value = (byte & 0x7f) >>> 1;
  for (let scale = 64, length = 1; byte >= 0x80; scale *= 128, length++) {
    if (length === 10) throw new WireFormatError('varlong longer than ten bytes');
    byte = byteBefore(bytes, end);
    value += (byte & 0x7f) * scale;
  }
  return isNegative ? -value - 1 : value;
}
