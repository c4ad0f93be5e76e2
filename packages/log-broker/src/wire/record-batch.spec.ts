import { describe, expect, it } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { crc32c } from './crc32c.ts';
import {
  BATCH_HEADER_BYTES,
  batchDefect,
  encodeBatch,
  placeBatch,
  readBatchHeader,
  readRecords,
} from './record-batch.ts';

const twoRecords = () =>
  encodeBatch({
    records: [
      { key: Buffer.from('a'), value: Buffer.from('one') },
      { key: null, value: null },
    ],
    timestamp: 1_700_000_000_000,
    producerId: 7,
    producerEpoch: 2,
    baseSequence: 2 ** 31 - 1,
  });

describe('a record batch', () => {
  it('returns the records that were put in', () => {
    const bytes = twoRecords();
    const header = readBatchHeader(bytes);
    expect(header).toMatchObject({ recordCount: 2, producerId: 7, producerEpoch: 2, compression: 0, isControl: false });
    const records = [...readRecords(header, bytes.subarray(BATCH_HEADER_BYTES))];
    expect(records).toMatchObject([
      { offset: 0, timestamp: 1_700_000_000_000, key: Buffer.from('a'), value: Buffer.from('one') },
      { offset: 1, timestamp: 1_700_000_000_000, key: null, value: null },
    ]);
  });

  it('has sequence numbers that wrap to zero', () => {
    expect(readBatchHeader(twoRecords()).lastSequence).toBe(0);
  });

  it('gets its place in the log without a new checksum', () => {
    const bytes = twoRecords();
    placeBatch(bytes, 2 ** 40 + 5, 3);
    expect(batchDefect(bytes, 0, bytes.length)).toBeUndefined();
    expect(readBatchHeader(bytes).lastOffset).toBe(2 ** 40 + 6);
  });

  it('is refused when any byte behind the checksum has changed', () => {
    const good = twoRecords();
    for (let at = 21; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ 0x10;
      expect(batchDefect(bad, 0, bad.length)).toBe('checksum mismatch');
    }
  });

  it('is refused when it is truncated anywhere', () => {
    const good = twoRecords();
    for (let length = 0; length < good.length; length++) expect(batchDefect(good, 0, length)).toBe('too short');
  });
});

describe('CRC-32C', () => {
  it('has the check value of the standard', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('is the same from any offset, for any length', () => {
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, n) => (n * 151) & 0xff));
    for (let start = 0; start < 8; start++) {
      for (let end = start; end <= bytes.length; end++)
        expect(crc32c(bytes, start, end)).toBe(bitByBit(bytes, start, end));
    }
  });
});

function bitByBit(bytes: Uint8Array, start: number, end: number): number {
  let crc = ~0;
  for (const byte of bytes.subarray(start, end)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('primitive types', () => {
  it('are read as they were written, at the edges of their ranges', () => {
    const writer = new ByteWriter(1);
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) writer.varint(value);
    for (const value of [0, -1, 2 ** 52, -(2 ** 52)]) writer.varlong(value);
    for (const value of [0, -1, -2, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 32]) writer.int64(value);
    const reader = new ByteReader(writer.toBuffer());
    for (const value of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) expect(reader.varint()).toBe(value);
    for (const value of [0, -1, 2 ** 52, -(2 ** 52)]) expect(reader.varlong()).toBe(value);
    for (const value of [0, -1, -2, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 32]) expect(reader.int64()).toBe(value);
  });

  it("keep Long.MAX_VALUE, which is beyond JavaScript's numbers", () => {
    const bytes = Buffer.from('7fffffffffffffff', 'hex');
    const writer = new ByteWriter();
    writer.int64(new ByteReader(bytes).int64());
    expect(writer.toBuffer().equals(bytes)).toBe(true);
  });
});
