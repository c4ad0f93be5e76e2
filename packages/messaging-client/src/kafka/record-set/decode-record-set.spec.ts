import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODEC, CONTROL, LOG_APPEND_TIME, makeBatch, TRANSACTIONAL } from '../../../test/make-batch.ts';
import type { BatchToWrite, RecordToWrite } from '../../../test/make-batch.ts';
import { BATCH_DECOMPRESSED_BYTES_MAX, BATCH_RECORDS_MAX, DECODED_BYTES_AT_ONCE } from '../../limits.ts';
import { decodeRecordSet } from './decode-record-set.ts';
import type { DecodedRecords, FetchedPartition } from './decode-record-set.ts';

const LENGTH_AT = 8;
const MAGIC_AT = 16;
const LAST_DELTA_AT = 23;

function decode(
  batches: readonly Buffer[],
  other: Partial<FetchedPartition> & { from?: bigint } = {},
): DecodedRecords[] {
  const { from = 0n, ...fetched } = other;
  const recordSet = Buffer.concat(batches);
  return [...decodeRecordSet({ recordSet, abortedTransactions: [], highWatermark: 2n ** 62n, ...fetched }, from)];
}

const valuesOf = (parts: readonly DecodedRecords[]): string[] =>
  parts.flatMap(({ records }) => records.map(({ offset, value }) => `${offset}: ${String(value)}`));

function batchOf(firstOffset: number | bigint, values: readonly string[], other: BatchToWrite = {}): Buffer {
  const records = values.map((value): RecordToWrite => ({ value: Buffer.from(value) }));
  return makeBatch({ firstOffset: BigInt(firstOffset), records, ...other });
}

/** Makes another of a batch that is there. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  return copy;
}

describe('decodeRecordSet', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what Kafka’s own client has written with %s', (codec) => {
    const written = readFileSync(new URL(`../../../test/java-batches/${codec}.batch`, import.meta.url));
    const [part] = decode([written]);
    expect(part).toMatchObject({ lastOffset: 349n });
    expect(part!.records).toHaveLength(350);
    for (const [n, { offset, key, value, headers }] of part!.records.entries()) {
      expect(offset).toBe(String(n));
      expect(String(key)).toBe(`key-${n % 7}`);
      expect(String(value)).toBe(`the value of record ${n}, which says the same as the others: hello, hello, hello`);
      expect([...headers!]).toEqual([
        ['from', Buffer.from('java')],
        ['n', Buffer.from(String(n))],
      ]);
    }
  });

  it('gives each record its offset and its time, also beyond what JavaScript’s numbers hold', () => {
    const records = [{ value: Buffer.from('a') }, { value: Buffer.from('b'), timestampDelta: 1n }];
    const times = { baseTimestamp: 1_700_000_000_000_000_001n, records };
    const [part] = decode([
      makeBatch({ firstOffset: 2n ** 53n, ...times }),
      makeBatch({ firstOffset: 2n ** 60n + 1n }),
    ]);
    expect(part!.records.map(({ offset, timestamp }) => [offset, timestamp])).toEqual([
      ['9007199254740992', '1700000000000000001'],
      ['9007199254740993', '1700000000000000002'],
      ['1152921504606846977', '1700000000000'],
    ]);
    const longAgo = makeBatch({ baseTimestamp: 1_000n, records: [{ timestampDelta: -(2n ** 40n) }] });
    expect(decode([longAgo])[0]!.records[0]!.timestamp).toBe(String(1_000n - 2n ** 40n));
  });

  it('takes the time of the broker where the topic is configured so', () => {
    const batch = batchOf(0, ['a', 'b'], { attributes: LOG_APPEND_TIME, maxTimestamp: 5_000n });
    expect(decode([batch])[0]!.records.map(({ timestamp }) => timestamp)).toEqual(['5000', '5000']);
  });

  it('leaves out records before the requested offset', () => {
    expect(valuesOf(decode([batchOf(8, ['x']), batchOf(9, ['a', 'b', 'c'])], { from: 10n }))).toEqual([
      '10: b',
      '11: c',
    ]);
  });

  it('skips what compaction has removed', () => {
    const records = [{ offsetDelta: 1, value: Buffer.from('b') }];
    const compacted = makeBatch({ records, lastOffsetDelta: 4 });
    const emptied = makeBatch({ firstOffset: 5n, records: [], lastOffsetDelta: 4 });
    expect(valuesOf(decode([compacted]))).toEqual(['1: b']);
    expect(decode([compacted, emptied])).toMatchObject([{ lastOffset: 9n }]);
  });

  it('leaves a batch that is cut off for the next fetch', () => {
    const second = batchOf(1, ['b']);
    expect(decode([batchOf(0, ['a']), second.subarray(0, second.length - 1)])).toMatchObject([{ lastOffset: 0n }]);
    expect(decode([second.subarray(0, 20)])).toEqual([]);
    expect(decode([])).toEqual([]);
  });

  it('decodes part by part, so that a part that is not requested yet costs nothing', () => {
    const large = 'x'.repeat(DECODED_BYTES_AT_ONCE);
    const parts = decode([batchOf(0, ['a']), batchOf(1, [large]), batchOf(2, ['c']), batchOf(3, ['d'])]);
    expect(parts.map(({ records, lastOffset }) => [records.length, lastOffset])).toEqual([
      [2, 1n],
      [2, 3n],
    ]);
  });

  describe('transactions', () => {
    const marker = (firstOffset: number, type: number, producerId: bigint): Buffer =>
      makeBatch({
        firstOffset: BigInt(firstOffset),
        producerId,
        attributes: TRANSACTIONAL | CONTROL,
        records: [{ key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6) }],
      });
    const [ABORT, COMMIT] = [0, 1];
    const of = (producerId: bigint): BatchToWrite => ({ producerId, attributes: TRANSACTIONAL });

    it('that were aborted are left out up to their marker, others are not, and markers are never handed out', () => {
      const parts = decode(
        [
          batchOf(0, ['of 7, given up'], of(7n)),
          batchOf(1, ['of 8'], of(8n)),
          batchOf(2, ['of 7 outside transactions'], { producerId: 7n }),
          marker(3, ABORT, 7n),
          batchOf(4, ['of 7, next'], of(7n)),
          marker(5, COMMIT, 8n),
          batchOf(6, ['of 8, given up'], of(8n)),
        ],
        {
          abortedTransactions: [
            { producerId: 8n, firstOffset: 6n },
            { producerId: 7n, firstOffset: 0n },
          ],
        },
      );
      expect(valuesOf(parts)).toEqual(['1: of 8', '2: of 7 outside transactions', '4: of 7, next']);
      expect(parts.at(-1)!.lastOffset).toBe(6n);
    });

    it('that were aborted may contain what cannot be decoded', () => {
      const garbage = batchOf(0, ['x'], { ...of(7n), attributes: TRANSACTIONAL | CODEC.gzip });
      expect(decode([garbage], { abortedTransactions: [{ producerId: 7n, firstOffset: 0n }] })).toEqual([
        { records: [], lastOffset: 0n },
      ]);
      expect(decode([garbage])).toMatchObject([{ undecodable: { firstOffset: '0' } }]);
    });
  });

  it('gives a record bytes of its own batch, so that one which is in flight for long does not keep the whole fetch', () => {
    const texts = Array.from({ length: 10 }, () => 'x'.repeat(100_000));
    const parts = decode(texts.map((text, n) => batchOf(n, [text])));
    const records = parts.flatMap((part) => part.records);
    expect(records).toHaveLength(texts.length);
    for (const { value } of records) expect(value!.buffer.byteLength).toBeLessThan(200_000);
  });

  describe('a batch that cannot be decoded', () => {
    const good = (firstOffset: number): Buffer => batchOf(firstOffset, [`good ${firstOffset}`]);
    const compressed = (codec: number, compress: (bytes: Buffer) => Buffer): Buffer =>
      batchOf(1, ['a', 'b', 'c'], { attributes: codec, compress });
    const nonsense = (): Buffer => Buffer.from('this is nothing that any codec has made');
    const kinds: Array<[string, Buffer, RegExp]> = [
      ['nonsense for gzip', compressed(CODEC.gzip, nonsense), /gzip: incorrect header check/],
      ['nonsense for snappy', compressed(CODEC.snappy, nonsense), /snappy: /],
      ['nonsense for lz4', compressed(CODEC.lz4, nonsense), /not an LZ4 frame/],
      ['nonsense for zstd', compressed(CODEC.zstd, nonsense), /zstd: /],
      ['gzip cut off', compressed(CODEC.gzip, (bytes) => gzipSync(bytes).subarray(0, 20)), /unexpected end/],
      ['zstd cut off', compressed(CODEC.zstd, (bytes) => zstdCompressSync(bytes).subarray(0, -4)), /./],
      ['an unknown codec', compressed(6, (bytes) => bytes), /codec 6, which is unknown/],
      ['a record less than its header says', batchOf(1, ['a', 'b', 'c'], { recordCount: 4 }), /cut off/],
      [
        'a record more than its header says',
        batchOf(1, ['a', 'b', 'c'], { recordCount: 2 }),
        /bytes behind the last record/,
      ],
      [
        'records as many as memory holds',
        batchOf(1, ['a', 'b', 'c'], { recordCount: 2 ** 31 - 1 }),
        /more than 200000/,
      ],
      ['less than no records', batchOf(1, ['a', 'b', 'c'], { recordCount: -2 }), /-2 records/],
      ['offsets beyond its last', batchOf(1, ['a', 'b', 'c', 'd'], { lastOffsetDelta: 2 }), /at 3 after 2/],
      [
        'the same offset twice',
        makeBatch({ firstOffset: 1n, records: [{}, { offsetDelta: 0 }], lastOffsetDelta: 2 }),
        /at 0 after 0/,
      ],
      ['a million headers and one', manyHeaders(1_000_001), /1000001 headers, in a batch of at most 1000000/],
      ['a wrong checksum', changed(batchOf(1, ['a', 'b', 'c']), (b) => b.writeUInt8(0x7f, b.length - 3)), /checksum/],
      ['an old format', changed(batchOf(1, ['a', 'b', 'c']), (b) => b.writeInt8(1, MAGIC_AT)), /format 1 is unknown/],
    ];

    it.each(kinds)('for %s: is reported whole, and the batches around it are handed out', (_, bytes, problem) => {
      const parts = decode([good(0), bytes, good(4)]);
      expect(valuesOf(parts)).toEqual(['0: good 0', '4: good 4']);
      const [one, ...others] = parts.flatMap(({ undecodable }) => undecodable ?? []);
      expect(others).toEqual([]);
      expect(one).toMatchObject({ firstOffset: '1', lastOffset: '3', bytes });
      expect(one!.problem).toMatch(problem);
      expect(parts.at(-1)!.lastOffset).toBe(4n);
    });

    it.each([
      ['gzip', CODEC.gzip, gzipSync],
      ['zstd', CODEC.zstd, zstdCompressSync],
    ])('because it would be hundreds of megabytes of %s: takes no more memory than the bound', (_, codec, compress) => {
      const part = compress(Buffer.alloc(4 * 1024 * 1024));
      const bomb = Buffer.concat(Array.from({ length: 100 }, () => part));
      const before = process.resourceUsage().maxRSS;
      const [one] = decode([compressed(codec, () => bomb)]);
      const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
      expect(one!.undecodable!.problem).toContain(`more than ${BATCH_DECOMPRESSED_BYTES_MAX} bytes`);
      expect(grownBytes).toBeLessThan(5 * BATCH_DECOMPRESSED_BYTES_MAX);
    });

    it.each([
      // A block that says that it has 2^30 bytes.
      ['snappy', CODEC.snappy, Buffer.from([0x80, 0x80, 0x80, 0x80, 0x04, 0])],
      ['lz4', CODEC.lz4, lz4Bomb()],
    ])('because it would be hundreds of megabytes of %s: is not decompressed', (_, codec, payload) => {
      const [one] = decode([compressed(codec, () => payload)]);
      expect(one!.undecodable!.problem).toContain(`more than ${BATCH_DECOMPRESSED_BYTES_MAX} bytes`);
    });

    it('takes as many records as the bound allows', () => {
      const records = Array.from({ length: BATCH_RECORDS_MAX }, () => ({}));
      expect(decode([makeBatch({ records })]).at(-1)!.lastOffset).toBe(BigInt(BATCH_RECORDS_MAX - 1));
    });

    describe('whose header is damaged too', () => {
      const damaged = changed(batchOf(1, ['a', 'b', 'c']), (b) => b.writeInt32BE(1_000_000, LAST_DELTA_AT));

      it('does not take the records after it along', () => {
        const parts = decode([damaged, good(4)]);
        expect(valuesOf(parts)).toEqual(['4: good 4']);
        expect(parts[0]).toMatchObject({ undecodable: { firstOffset: '1', lastOffset: '3' } });
      });

      it('is skipped one offset at a time where nothing after it shows its last offset', () => {
        expect(decode([damaged], { from: 1n })).toMatchObject([{ undecodable: { firstOffset: '1' }, lastOffset: 1n }]);
        expect(decode([damaged], { from: 2n })).toMatchObject([{ undecodable: { firstOffset: '1' }, lastOffset: 2n }]);
      });

      it('is the rest of the fetch when its length is impossible', () => {
        const short = changed(batchOf(1, ['a']), (b) => b.writeInt32BE(3, LENGTH_AT));
        const parts = decode([good(0), short, good(2)]);
        expect(valuesOf(parts)).toEqual(['0: good 0']);
        expect(parts[0]).toMatchObject({
          undecodable: { firstOffset: '1', problem: expect.stringContaining('15 bytes') },
        });
        expect(parts[0]!.undecodable!.bytes).toHaveLength(short.length + good(2).length);
      });
    });
  });

  it('never fails and always makes progress, whatever bytes of a fetch are changed', () => {
    const whole = Buffer.concat([
      batchOf(0, ['a', 'b'], { attributes: CODEC.gzip, compress: gzipSync }),
      batchOf(2, ['c', 'd', 'e']),
      batchOf(5, ['f'], { attributes: CODEC.zstd, compress: zstdCompressSync }),
    ]);
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(whole.length), (changes, cutOff) => {
        const recordSet = Buffer.from(whole.subarray(0, whole.length - (cutOff % 20)));
        for (const { at, byte } of changes) if (at < recordSet.length) recordSet[at] = byte;
        let next = 0n;
        for (const { records, lastOffset } of decode([recordSet], { highWatermark: 6n })) {
          for (const { offset } of records) expect(BigInt(offset)).toBeGreaterThanOrEqual(next);
          expect(lastOffset).toBeGreaterThanOrEqual(next);
          next = lastOffset + 1n;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Says so, and has none. */
function manyHeaders(count: number): Buffer {
  const zigzag = 2 * count;
  const varint = [(zigzag & 0x7f) | 0x80, ((zigzag >> 7) & 0x7f) | 0x80, zigzag >> 14];
  const record = [0, 0, 0, 1, 1, ...varint];
  return makeBatch({
    firstOffset: 1n,
    recordCount: 1,
    lastOffsetDelta: 2,
    compress: () => Buffer.from([2 * record.length, ...record]),
  });
}

/** One literal, then a match that is as long as 255s follow: 140,000 of them are 35 MB. */
function lz4Bomb(): Buffer {
  const block = Buffer.concat([Buffer.of(0x1f, 0x78, 1, 0), Buffer.alloc(140_000, 255), Buffer.of(0)]);
  const header = Buffer.from('04224d18407000', 'hex');
  const size = Buffer.alloc(4);
  size.writeUInt32LE(block.length);
  return Buffer.concat([header, size, block]);
}
