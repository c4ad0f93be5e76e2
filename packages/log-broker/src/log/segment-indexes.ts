import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { IndexFile } from './index-file.ts';
import type { IndexLocation } from './index-file.ts';

// The three indexes beside a segment, in Kafka's formats (OffsetIndex, TimeIndex and AbortedTxn in its storage module).
// Offsets are stored relative to the segment's base offset.

/** `.index`: the batch whose last record has `offset` begins at `position` in the log file. */
export interface OffsetEntry {
  readonly offset: number;
  readonly position: number;
}

export function offsetIndex(location: IndexLocation, baseOffset: number): IndexFile<OffsetEntry> {
  return new IndexFile(
    location,
    8,
    (bytes) => ({ offset: baseOffset + bytes.readInt32BE(0), position: bytes.readInt32BE(4) }),
    ({ offset, position }) => {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(offset - baseOffset, 0);
      bytes.writeInt32BE(position, 4);
      return bytes;
    },
  );
}

/** `.timeindex`: no record before `offset` has a timestamp above `timestamp`. */
export interface TimeEntry {
  readonly timestamp: number;
  readonly offset: number;
}

export function timeIndex(location: IndexLocation, baseOffset: number): IndexFile<TimeEntry> {
  return new IndexFile(
    location,
    12,
    (bytes) => ({ timestamp: new ByteReader(bytes).int64(), offset: baseOffset + bytes.readInt32BE(8) }),
    ({ timestamp, offset }) => {
      const writer = new ByteWriter(12);
      writer.int64(timestamp);
      writer.int32(offset - baseOffset);
      return writer.toBuffer();
    },
  );
}

/** `.txnindex`: what a reader of committed records must skip. Kept in the segment that holds the abort marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly lastOffset: number;
  /** Where the last stable offset stood when the marker was written. */
  readonly lastStableOffset: number;
}

export function abortedTransactionIndex(location: IndexLocation): IndexFile<AbortedTransaction> {
  return new IndexFile(location, 34, decodeAborted, encodeAborted);
}

function decodeAborted(bytes: Buffer): AbortedTransaction {
  const reader = new ByteReader(bytes);
  reader.int16(); // version, always 0
  return {
    producerId: reader.int64(),
    firstOffset: reader.int64(),
    lastOffset: reader.int64(),
    lastStableOffset: reader.int64(),
  };
}

function encodeAborted(aborted: AbortedTransaction): Buffer {
  const writer = new ByteWriter(34);
  writer.int16(0);
  writer.int64(aborted.producerId);
  writer.int64(aborted.firstOffset);
  writer.int64(aborted.lastOffset);
  writer.int64(aborted.lastStableOffset);
  return writer.toBuffer();
}
