import { afterEach, describe, expect, it, vi } from 'vitest';
import { brokerInMemory } from '../../test/broker-in-memory.ts';
import { temporaryFolder } from '../../test/broker-process.ts';
import { CODECS } from '../../test/compressed.ts';
import { batchAround } from '../../test/raw-batch.ts';
import { SLAB_BYTES } from '../limits.ts';
import { AnswerSlabs, SlabPool } from '../slab-pool.ts';
import { diskFileSystem } from '../storage/disk.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { encodeBatch, readBatchHeader } from '../wire/record-batch.ts';
import { LogSegment } from './log-segment.ts';
import type { PartitionLog } from './partition-log.ts';
import { applyRetention } from './log-retention.ts';
import type { LogConfig } from './log-config.ts';

const WEEK_MS = 7 * 24 * 3_600_000;

function newLog(config: Partial<LogConfig> = {}, files = new MemoryFileSystem()): PartitionLog {
  const topic = brokerInMemory(files, { topicDefaults: config }).topics.createNow('topic', 1);
  return topic.partitions[0] as PartitionLog;
}

function batch(text: string, timestamp = 1_000): Buffer {
  return encodeBatch({ records: [{ key: null, value: Buffer.from(text) }], timestamp });
}

afterEach(() => void vi.restoreAllMocks());

describe('a partition', () => {
  it('gives consecutive offsets and reads them back from any of them', () => {
    const log = newLog({ segmentBytes: 300 });
    for (let i = 0; i < 20; i++) expect(log.append(batch(`record ${i}`)).baseOffset).toBe(i);
    expect(log.segments.length).toBeGreaterThan(3);
    for (let i = 0; i < 20; i++) {
      const bytes = log.read(i, 1, log.nextOffset);
      expect(readBatchHeader(bytes).baseOffset).toBe(i);
      expect(bytes.toString('latin1')).toContain(`record ${i}`);
    }
  });

  it('returns the whole batch for an offset in its middle, however small the limit', () => {
    const log = newLog();
    const records = ['a', 'b', 'c'].map((value) => ({ key: null, value: Buffer.from(value) }));
    log.append(encodeBatch({ records, timestamp: 1 }));
    expect(readBatchHeader(log.read(2, 1, log.nextOffset))).toMatchObject({ baseOffset: 0, recordCount: 3 });
  });

  it('reads much in parts: whole batches in their order, together no more than the limit, the first one however large', () => {
    const log = newLog();
    for (let i = 0; i < 20; i++) log.append(batch(`record ${i}`.padEnd(50)));
    const { length: size } = log.read(0, 1, log.nextOffset);
    const readInParts = (from: number, maxBytes: number, partBytes: number): number[][] =>
      log
        .readInParts(from, maxBytes, 18, partBytes)
        .map((part) =>
          Array.from({ length: part.length / size }, (_, n) => readBatchHeader(part, n * size).baseOffset),
        );
    expect(readInParts(1, 7 * size, 3 * size + 1)).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(readInParts(1, 7 * size - 1, 3 * size)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(readInParts(1, 3 * size, 3 * size)).toEqual([[1, 2, 3]]);
    expect(readInParts(1, 3 * size - 1, size - 1)).toEqual([[1], [2]]);
    expect(readInParts(1, 1, 3 * size)).toEqual([[1]]);
    expect(readInParts(1, 0, 3 * size)).toEqual([[1]]);
    expect(readInParts(16, 9 * size, size)).toEqual([[16], [17]]);
    expect(readInParts(18, 9 * size, size)).toEqual([]);
  });

  it('gives a reader who is behind what was read ahead for it, the same bytes from its beginning to its end', () => {
    const log = newLog({ segmentBytes: 5 * SLAB_BYTES });
    for (let i = 0; i < 150; i++) log.append(batch(`${i} `.repeat(20_000)));
    expect(log.segments.length).toBeGreaterThan(1);
    const fill = vi.spyOn(LogSegment.prototype, 'fill');
    const slabs = new AnswerSlabs(new SlabPool());
    for (let offset = 0; offset < log.nextOffset;) {
      const bytes = Buffer.concat(log.readInParts(offset, SLAB_BYTES, log.nextOffset, SLAB_BYTES, slabs));
      expect(bytes.equals(log.read(offset, bytes.length, log.nextOffset))).toBe(true);
      slabs.end()?.(true);
      for (let at = 0; at < bytes.length; at += readBatchHeader(bytes, at).sizeBytes) {
        offset = readBatchHeader(bytes, at).lastOffset + 1;
      }
    }
    expect(fill.mock.results.filter(({ value }) => value === true).length).toBeGreaterThan(5);
  });

  it('does not read ahead in a segment that was deleted meanwhile: that would create its file again', () => {
    const { path: folder, remove } = temporaryFolder();
    const files = diskFileSystem();
    const segment = new LogSegment(files, folder, 0);
    const first = batch('a');
    segment.append(first, readBatchHeader(first));
    const buffer = Buffer.alloc(first.length);
    expect(segment.fill(buffer, 0)).toBe(true);
    expect(buffer.equals(first)).toBe(true);
    segment.delete();
    expect(segment.fill(buffer, 0)).toBe(false);
    expect(files.list(folder)).toEqual([]);
    remove();
  });

  it('answers OFFSET_OUT_OF_RANGE before its start and behind its end, and nothing at its end', () => {
    const log = newLog();
    log.append(batch('a'));
    log.append(batch('b'));
    log.advanceStart(1);
    expect(() => log.read(0, 100, 2)).toThrow('OFFSET_OUT_OF_RANGE');
    expect(() => log.read(3, 100, 2)).toThrow('OFFSET_OUT_OF_RANGE');
    expect(log.read(2, 100, 2)).toHaveLength(0);
  });

  it('begins a new segment when the first record of the current one is older than segment.ms', () => {
    const log = newLog({ segmentMs: 1_000 });
    log.append(batch('a', 10_000));
    log.append(batch('b', 11_000));
    expect(log.segments).toHaveLength(1);
    log.append(batch('c', 11_001));
    expect(log.segments).toHaveLength(2);
  });

  it('deletes segments that are older than retention.ms, also the current one', () => {
    const log = newLog({ segmentBytes: 150 });
    for (const time of [1_000, 2_000, 3_000]) log.append(batch('x'.repeat(80), time));
    expect(applyRetention(log, 2_500 + WEEK_MS)).toBe(2);
    expect(log.startOffset).toBe(2);
    expect(applyRetention(log, 3_001 + WEEK_MS)).toBe(1);
    expect(log.startOffset).toBe(3);
    expect(log.append(batch('next', 9_000)).baseOffset).toBe(3);
  });

  it('deletes records with a timestamp in the far future, and all behind them, once they were written long ago', () => {
    const log = newLog({ segmentBytes: 150 });
    const text = 'x'.repeat(80);
    for (const time of [Date.now(), Date.now() * 1_000, Date.now(), Date.now()]) log.append(batch(text, time));
    expect(applyRetention(log, Date.now())).toBe(0);
    expect(log.startOffset).toBe(0);
    applyRetention(log, Date.now() + WEEK_MS + 1_000);
    expect(log.startOffset).toBe(4);
    expect(log.append(batch('next', Date.now())).baseOffset).toBe(4);
  });

  it('deletes records without a timestamp by the age of their file', () => {
    const log = newLog({ segmentBytes: 150 });
    for (let i = 0; i < 3; i++) log.append(batch('x'.repeat(80), -1));
    applyRetention(log, Date.now());
    expect(log.startOffset).toBe(0);
    applyRetention(log, Date.now() + WEEK_MS + 1_000);
    expect(log.startOffset).toBe(3);
  });

  it('keeps records from the future if their topic allows such timestamps', () => {
    const log = newLog({ segmentBytes: 150, timestampAfterMaxMs: 10 * WEEK_MS });
    for (let i = 0; i < 3; i++) log.append(batch('x'.repeat(80), Date.now() + 8 * WEEK_MS));
    applyRetention(log, Date.now() + 2 * WEEK_MS);
    expect(log.startOffset).toBe(0);
  });

  it('begins a new segment behind a first record from the far future', () => {
    const log = newLog();
    log.append(batch('from a wrong clock', Date.now() * 1_000));
    log.append(batch('a'));
    log.append(batch('b'));
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 1]);
  });

  it('finds a batch by its timestamp although it cannot be decompressed', () => {
    const log = newLog();
    log.append(batch('a', 1_000));
    log.append(batchAround(Buffer.from('no gzip at all'), { codec: CODECS.gzip, timestamp: 2_000 }));
    log.append(batch('c', 3_000));
    expect(log.firstRecordAtOrAfter(1_500)).toMatchObject({ offset: 1, timestamp: 2_000 });
    expect(log.firstRecordAtOrAfter(2_500)).toMatchObject({ offset: 2 });
    expect(log.newestRecord()).toMatchObject({ offset: 2, timestamp: 3_000 });
  });

  it('deletes the oldest segments while it is larger than retention.bytes, never below it', () => {
    const log = newLog({ segmentBytes: 150, retentionBytes: 400, retentionMs: -1 });
    for (let i = 0; i < 10; i++) log.append(batch('x'.repeat(80)));
    applyRetention(log, Date.now());
    expect(log.sizeBytes).toBeGreaterThanOrEqual(400);
    expect(log.sizeBytes).toBeLessThan(600);
  });

  it('refuses appends on a full disk, can still be read, and takes appends again when there is space', () => {
    const files = new MemoryFileSystem();
    const log = newLog({}, files);
    log.append(batch('kept'));
    files.capacityBytes = 0;
    expect(() => log.append(batch('too much'))).toThrow('KAFKA_STORAGE_ERROR');
    expect(log.read(0, 1_000, log.nextOffset).toString('latin1')).toContain('kept');
    files.capacityBytes = Number.POSITIVE_INFINITY;
    expect(log.append(batch('again')).baseOffset).toBe(1);
  });

  it('takes no more appends once a sync has failed, because it is unknown what is on the disk', async () => {
    const files = new MemoryFileSystem();
    const log = newLog({}, files);
    log.append(batch('a'));
    files.failsSyncs = true;
    await expect(log.sync()).rejects.toThrow('EIO');
    expect(() => log.append(batch('b'))).toThrow('KAFKA_STORAGE_ERROR');
  });
});
