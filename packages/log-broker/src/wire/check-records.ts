import { RECORD_ERRORS_MAX } from '../limits.ts';
import { WireFormatError } from './byte-reader.ts';

// Every record that is produced comes through here, so this is a loop over numbers that makes no objects for a good one.

/** Where records of one batch may lie in time, and whether they need a key. */
export interface RecordRules {
  /** Records of a compacted topic cannot do without. */
  readonly needsKey: boolean;
  /** Milliseconds since 1970, both inclusive. Records without a time (-1) are always taken. */
  readonly earliest: number;
  readonly latest: number;
}

export interface RefusedRecord {
  /** Which record of the batch, from 0. */
  readonly index: number;
  /** Its time, when that is what it is refused for. */
  readonly timestamp: number | undefined;
}

export interface CheckedRecords {
  /** The newest of their times, -1 when they have none. */
  readonly maxTimestamp: number;
  /** Records that are whole but break a rule: the first {@link RECORD_ERRORS_MAX} of them. */
  readonly refused: readonly RefusedRecord[];
  readonly refusedCount: number;
}

const NO_TIMESTAMP = -1;

/** Where the next byte is read: kept outside of the functions, so that they need no object to share it. */
let at = 0;

/**
 * Walks over the records in `payload` (decompressed) as a reader would. Their offsets must count up from 0.
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

/** A length and so many bytes. False for -1, which is no bytes at all. */
function skipNullable(bytes: Buffer, end: number): boolean {
  const length = varint(bytes, end);
  if (length === -1) return false;
  if (length < 0 || length > end - at) throw new WireFormatError(`field of ${length} bytes in ${end - at}`);
  at += length;
  return true;
}

function skipHeaders(bytes: Buffer, end: number): void {
  const count = varint(bytes, end);
  // Every header takes two bytes at least, so a larger count is a lie.
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

/** Exact up to 2^52; beyond that, no time is one that anybody means. */
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
