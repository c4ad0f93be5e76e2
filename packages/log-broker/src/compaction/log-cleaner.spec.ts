import { describe, expect, it } from 'vitest';
import { brokerInMemory } from '../../test/broker-in-memory.ts';
import { COMPACT, batchesOf, compactedTopic, contentOf, recordsOf } from '../../test/compacted-log.ts';
import { CODECS } from '../../test/compressed.ts';
import { rawBatch } from '../../test/raw-batch.ts';
import { retain } from '../maintenance.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { encodeMarker } from '../log/transaction-marker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { encodeBatch, readBatchHeader } from '../wire/record-batch.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.now();

type Pair = readonly [key: string, value: string | null];

function batch(pairs: readonly Pair[], rest: Partial<Parameters<typeof encodeBatch>[0]> = {}): Buffer {
  const records = pairs.map(([key, value]) => ({
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  }));
  return encodeBatch({ records, timestamp: NOW, ...rest });
}

/** Appends each record as a batch of its own, and closes the segment. */
function write(log: PartitionLog, ...pairs: Pair[]): void {
  for (const pair of pairs) log.append(batch([pair]));
  log.roll();
}

describe('a compacted topic', () => {
  it('keeps the last record of each key, at its offset and with its timestamp', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['b', '1'], ['a', '2']);
    write(log, ['c', '1'], ['b', '2']);
    await broker.cleaner.cleanAll();
    expect(contentOf(log)).toEqual(['a=2@2', 'c=1@3', 'b=2@4']);
    expect(recordsOf(log).every(({ timestamp }) => timestamp === NOW)).toBe(true);
    expect(log.segments).toHaveLength(2);
  });

  it('keeps what is in the active segment, and compares with it at the next compaction', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['b', '1']);
    log.append(batch([['a', '2']]));
    await broker.cleaner.cleanAll();
    expect(contentOf(log)).toEqual(['a=1@0', 'b=1@1', 'a=2@2']);
    log.roll();
    await broker.cleaner.cleanAll();
    expect(contentOf(log)).toEqual(['b=1@1', 'a=2@2']);
  });

  it('can be read from any offset of those that were removed', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker);
    write(log, ...Array.from({ length: 50 }, (_, i): Pair => [`k${i % 5}`, `${i}`]));
    await broker.cleaner.cleanAll();
    for (let offset = 0; offset < 50; offset++) {
      const { baseOffset } = readBatchHeader(log.read(offset, 1, log.nextOffset));
      expect(baseOffset).toBe(Math.max(45, offset));
    }
  });

  it('keeps parts of batches, in each codec', async () => {
    for (const codec of Object.values(CODECS)) {
      const broker = brokerInMemory();
      const log = compactedTopic(broker);
      const record = (key: string, value: string) => ({ key, value, headers: [['h', value]] as const });
      const records = [record('a', '1'), record('b', '1'), record('a', '2'), record('c', 'x'.repeat(500))];
      log.append(rawBatch(records, { codec, timestamp: NOW }));
      write(log, ['b', '2']);
      await broker.cleaner.cleanAll();
      expect(contentOf(log)).toEqual(['a=2@2', `c=${'x'.repeat(500)}@3`, 'b=2@4']);
      const isWithoutCompressor = codec === CODECS.snappy || codec === CODECS.lz4;
      expect([...batchesOf(log)][0]?.header.compression).toBe(isWithoutCompressor ? CODECS.gzip : codec);
    }
  });

  it('keeps a tombstone for delete.retention.ms after its first compaction', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker, { 'delete.retention.ms': String(HOUR_MS) });
    write(log, ['a', '1'], ['b', '1'], ['a', null]);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['b=1@1', 'a=null@2']);
    write(log, ['c', '1']);
    await broker.cleaner.cleanAll(NOW + HOUR_MS - 1);
    expect(contentOf(log)).toEqual(['b=1@1', 'a=null@2', 'c=1@3']);
    expect(recordsOf(log)[1]?.timestamp).toBe(NOW);
    write(log, ['d', '1']);
    await broker.cleaner.cleanAll(NOW + HOUR_MS);
    expect(contentOf(log)).toEqual(['b=1@1', 'c=1@3', 'd=1@4']);
  });

  it('removes records without a key, which were written before the topic was compacted', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker);
    log.append(encodeBatch({ records: [{ key: null, value: Buffer.from('x') }], timestamp: NOW }));
    write(log, ['a', '1']);
    await broker.cleaner.cleanAll();
    expect(contentOf(log)).toEqual(['a=1@1']);
  });

  it('keeps its last offset when no record stays, also if a power loss removes the empty active segment', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const log = compactedTopic(broker);
    log.append(encodeBatch({ records: [{ key: null, value: Buffer.from('x') }], timestamp: NOW }));
    log.roll();
    await broker.cleaner.cleanAll();
    expect(contentOf(log)).toEqual([]);
    for (const name of files.list(log.folder)) if (name.includes('01.')) files.removeFile(`${log.folder}/${name}`);
    const again = brokerInMemory(files.afterKill()).topics.partition('compacted', 0);
    expect([again?.startOffset, again?.nextOffset]).toEqual([0, 1]);
  });

  it('is compacted by its settings: dirty ratio, least and greatest age', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker, { 'min.cleanable.dirty.ratio': '0.5' });
    const change = (configs: Record<string, string>) =>
      broker.topics.configure('compacted', () => ({ ...COMPACT, ...configs }));
    write(log, ['a', '1'], ['b', '1'], ['c', '1'], ['d', '1']);
    await broker.cleaner.cleanAll(NOW);
    write(log, ['a', '2']);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)[0]).toBe('a=1@0');
    await change({ 'min.cleanable.dirty.ratio': '0.5', 'max.compaction.lag.ms': String(HOUR_MS) });
    await broker.cleaner.cleanAll(NOW + HOUR_MS);
    expect(contentOf(log)[0]).toBe('a=1@0');
    await broker.cleaner.cleanAll(NOW + HOUR_MS + 1);
    expect(contentOf(log)).toEqual(['b=1@1', 'c=1@2', 'd=1@3', 'a=2@4']);
    write(log, ['b', '2']);
    await change({ 'min.compaction.lag.ms': String(HOUR_MS) });
    await broker.cleaner.cleanAll(NOW + HOUR_MS - 1);
    expect(contentOf(log)[0]).toBe('b=1@1');
    await broker.cleaner.cleanAll(NOW + HOUR_MS);
    expect(contentOf(log)[0]).toBe('c=1@2');
  });

  it('begins a new segment after max.compaction.lag.ms, because the active one is never compacted', () => {
    const log = compactedTopic(brokerInMemory(), { 'max.compaction.lag.ms': '1000' });
    for (const timestamp of [10_000, 11_000, 11_001]) log.append(batch([['a', '1']], { timestamp }));
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2]);
  });

  it('with compact,delete is compacted, and loses what has expired', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker, {
      'cleanup.policy': 'compact,delete',
      'retention.ms': String(DAY_MS),
      'segment.bytes': '150',
    });
    write(log, ['a', '1'], ['b', '1']);
    write(log, ['a', '2'], ['b', '2']);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['a=2@2', 'b=2@3']);
    expect(log.segments.map(({ sizeBytes }) => sizeBytes > 0)).toEqual([false, true, false]);
    await retain(broker, NOW + DAY_MS + 1);
    expect(contentOf(log)).toEqual([]);
    expect(log.startOffset).toBe(4);
  });

  it('removes what an aborted transaction has written, and then its marker', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker, { 'delete.retention.ms': '0' });
    const transactional = { producerId: 7, producerEpoch: 0, isTransactional: true };
    log.append(batch([['a', 'kept']]));
    log.append(batch([['a', 'aborted']], { ...transactional, baseSequence: 0 }));
    log.append(encodeMarker(7, 0, { committed: false, coordinatorEpoch: 0 }, NOW));
    log.append(batch([['b', '1']], { ...transactional, baseSequence: 1 }));
    log.append(encodeMarker(7, 0, { committed: true, coordinatorEpoch: 0 }, NOW));
    log.roll();
    const offsets = () => [...batchesOf(log)].map(({ header }) => header.baseOffset);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['a=kept@0', 'b=1@3']);
    // Until the next compaction finds none of its records, a marker counts as needed.
    expect(log.abortedTransactions(0, log.nextOffset)).toHaveLength(1);
    write(log, ['c', '1']);
    await broker.cleaner.cleanAll(NOW + 1);
    expect(log.abortedTransactions(0, log.nextOffset)).toEqual([]);
    expect(offsets()).toEqual([0, 2, 3, 4, 5]);
    write(log, ['d', '1']);
    await broker.cleaner.cleanAll(NOW + 2);
    expect(offsets()).toEqual([0, 3, 4, 5, 6]);
  });

  it('is not compacted from where a transaction is open', async () => {
    const broker = brokerInMemory();
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['a', '2']);
    log.append(batch([['a', '3']], { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }));
    log.roll();
    write(log, ['a', '4']);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['a=2@1', 'a=3@2', 'a=4@3']);
  });

  it('recognises a resent batch whose record was removed, also after a restart', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const log = compactedTopic(broker);
    const sent = batch([['a', '1']], { producerId: 7, producerEpoch: 0, baseSequence: 0 });
    log.append(Buffer.from(sent));
    write(log, ['a', '2']);
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['a=2@1']);
    for (const name of files.list(log.folder))
      if (name.endsWith('.snapshot')) files.removeFile(`${log.folder}/${name}`);
    const again = brokerInMemory(files.afterKill()).topics.partition('compacted', 0) as PartitionLog;
    expect(again.append(Buffer.from(sent))).toMatchObject({ duplicate: true, baseOffset: 0 });
  });

  it('is not compacted again where it was, also by the next broker', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    write(compactedTopic(broker), ['a', '1'], ['a', '2']);
    await broker.cleaner.cleanAll(NOW);
    expect(files.readFile('/data/cleaner-offset-checkpoint')?.toString()).toBe('0\n1\ncompacted 0 2\n');
    const next = brokerInMemory(files.afterKill());
    await next.cleaner.cleanAll(NOW);
    expect(next.logs.measures.compactions).toBe(0);
  });

  it('is reported and counted when it is compacted, with its bytes before and after', async () => {
    const lines: object[] = [];
    const logger = (_: string, message: string, fields?: object) => void lines.push({ message, ...fields });
    const broker = brokerInMemory(new MemoryFileSystem(), { logger });
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['a', '2']);
    const bytesBefore = log.sizeBytes;
    await broker.cleaner.cleanAll();
    const bytesAfter = log.sizeBytes;
    const partition = 'compacted-0';
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'log compacted', partition, upTo: 2, bytesBefore, bytesAfter }),
    );
    const metrics = await broker.metrics.text(broker);
    expect(metrics).toContain('log_broker_compactions_total 1\n');
    expect(metrics).toContain(`log_broker_compacted_bytes_total ${bytesBefore - bytesAfter}\n`);
  });

  it('that cannot be decompressed stays as it is, and is reported once', async () => {
    const errors: unknown[] = [];
    const logger = (level: string, message: string) => void (level === 'error' && errors.push(message));
    const broker = brokerInMemory(new MemoryFileSystem(), { logger });
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['a', '2']);
    const unreadable = rawBatch([{ key: 'a' }], { codec: CODECS.gzip });
    unreadable.fill(0, 61);
    log.append(unreadable);
    log.roll();
    await broker.cleaner.cleanAll(NOW);
    await broker.cleaner.cleanAll(NOW);
    expect(errors).toEqual(['log not compacted']);
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2, 3]);
  });

  it('is left as it was by a compaction for which the disk has no space', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const log = compactedTopic(broker);
    write(log, ['a', '1'], ['a', '2'], ['b', '1']);
    const before = contentOf(log);
    files.capacityBytes = 0;
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(before);
    files.capacityBytes = Number.POSITIVE_INFINITY;
    await broker.cleaner.cleanAll(NOW);
    expect(contentOf(log)).toEqual(['a=2@1', 'b=1@2']);
    expect(files.list(log.folder).filter((name) => /cleaned|swap|deleted/.test(name))).toEqual([]);
  });
});
