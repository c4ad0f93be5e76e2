import { seededRandom } from '@event-bus/test-kit/seeded-random';
import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { cleanableRange } from '../src/compaction/cleanable-range.ts';
import { cleanLog } from '../src/compaction/clean-log.ts';
import type { Broker } from '../src/broker.ts';
import { encodeMarker } from '../src/log/transaction-marker.ts';
import type { PartitionLog } from '../src/log/partition-log.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import type { Random } from '../src/storage/memory-with-faults.ts';
import { crc32c } from '../src/wire/crc32c.ts';
import { CODECS } from './compressed.ts';
import { COMPACT, recordsOf } from './compacted-log.ts';
import type { ReadRecord } from './compacted-log.ts';
import { brokerInMemory } from './broker-in-memory.ts';
import { SEEDS_TO_RUN, SIMULATION_TIMEOUT_MS, playSeeds } from './crash-lives.ts';
import { rawBatch } from './raw-batch.ts';

// A compacted topic on a file system that fails. Each seed writes random records, compacts them again and again, and looks at the folder as
// a kill and as a power loss would leave it, at random points between two changes of a file or a name. At each of these points the next broker must find:
//
// - every record where it was, with its own key, value and timestamp, and none that was not written;
// - the last record of each key, unless it is a tombstone, which may be removed;
// - no older record of a key whose tombstone is removed;
// - the same end of the log, and the same sequence of the producer.

const TOPIC = 'compacted';
const KEYS = 6;
const PRODUCER = { producerId: 9, producerEpoch: 0 };

/** Reports each change before it is made. */
class WatchedFiles extends MemoryFileSystem {
  onChange: (isOfName: boolean) => void = () => {};

  override write(...args: Parameters<MemoryFileSystem['write']>): void {
    this.onChange(false);
    super.write(...args);
  }
  override truncate(...args: Parameters<MemoryFileSystem['truncate']>): void {
    this.onChange(false);
    super.truncate(...args);
  }
  override rename(from: string, to: string): void {
    this.onChange(true);
    super.rename(from, to);
  }
  override removeFile(path: string): void {
    this.onChange(true);
    super.removeFile(path);
  }
  override syncDirectory(path: string): void {
    this.onChange(true);
    super.syncDirectory(path);
  }
}

class Run {
  private readonly random: Random;
  private readonly files = new WatchedFiles();
  /** All records by offset that a reader of committed records may see. */
  private readonly written = new Map<number, ReadRecord>();
  private readonly aborted = new Set<number>();
  private sequence = 0;
  private now = 1_000_000;
  private checks = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  async play(): Promise<number> {
    const broker = brokerInMemory(this.files, { flush: 'interval' });
    const configs = {
      ...COMPACT,
      'segment.bytes': String(200 + this.below(800)),
      'delete.retention.ms': String(this.below(3) * 1_000),
    };
    const log = (await broker.topics.create(TOPIC, 1, configs)).partitions[0] as PartitionLog;
    const rounds = 2 + this.below(3);
    for (let round = 0; round < rounds; round++) {
      this.write(log);
      if (this.random() < 0.3) log.roll();
      this.now += this.below(2_000);
      await this.compact(broker, log);
      this.check(broker, 'in the same broker');
    }
    return this.checks;
  }

  private write(log: PartitionLog): void {
    for (let n = 3 + this.below(25); n > 0; n--) {
      if (this.random() < 0.2) this.writeTransaction(log);
      else this.writeBatch(log, false);
    }
  }

  private writeBatch(log: PartitionLog, isAborted: boolean, flags = 0): void {
    const records = Array.from({ length: 1 + this.below(3) }, () => ({
      key: `k${this.below(KEYS)}`,
      value: this.random() < 0.2 ? null : `v${this.written.size}-${'x'.repeat(this.below(60))}`,
    }));
    const codec = this.below(Object.keys(CODECS).length);
    const timestamp = this.now + this.below(1_000);
    const batch = rawBatch(records, { codec, timestamp, flags });
    batch.writeBigInt64BE(BigInt(PRODUCER.producerId), 43);
    batch.writeInt16BE(PRODUCER.producerEpoch, 51);
    batch.writeInt32BE(this.sequence, 53);
    const { baseOffset } = log.append(sealed(batch));
    this.sequence += records.length;
    for (const [index, { key, value }] of records.entries()) {
      const offset = baseOffset + index;
      this.written.set(offset, { offset, timestamp, key, value });
      if (isAborted) this.aborted.add(offset);
    }
  }

  private writeTransaction(log: PartitionLog): void {
    const isAborted = this.random() < 0.5;
    for (let n = 1 + this.below(3); n > 0; n--) this.writeBatch(log, isAborted, 0x10);
    log.append(encodeMarker(9, 0, { committed: !isAborted, coordinatorEpoch: 0 }, this.now));
  }

  private async compact(broker: Broker, log: PartitionLog): Promise<void> {
    const range = cleanableRange(log, this.now);
    if (!range) return;
    // So that a power loss loses nothing but what the compaction does.
    await log.sync();
    let failure: unknown;
    const hasSmallMap = this.random() < 0.5;
    // A crash between any two changes is as likely as between any others. Most writes only make a file longer that is not used yet.
    const looksAt = hasSmallMap ? 0.01 : 0.05;
    this.files.onChange = (isOfName) => {
      if (this.random() > (isOfName ? looksAt : looksAt / 4)) return;
      try {
        this.lookAfterCrash();
      } catch (error) {
        failure ??= error;
      }
    };
    // Some have a map for a few keys only, and need several rounds; some meet an error of the disk.
    if (this.random() < 0.2) this.files.tearNextWriteAfter = this.below(100);
    const parts = {
      files: this.files,
      now: this.now,
      isStopping: () => false,
      saveRecoveryPoints: () => broker.logs.saveCheckpoints(),
      saveCompactedOffsets: () => broker.logs.saveCompactedOffsets(),
      ...(hasSmallMap && { mapBytesMax: 24 * 6 }),
    };
    await cleanLog(log, range, parts).catch((error: unknown) => assert.match(String(error), /EIO/));
    this.files.tearNextWriteAfter = undefined;
    this.files.onChange = () => {};
    if (failure) throw failure as Error;
  }

  private lookAfterCrash(): void {
    this.check(brokerInMemory(this.files.afterKill()), 'after a kill');
    this.check(brokerInMemory(this.files.afterPowerLoss(this.random)), 'after a power loss');
  }

  private check(broker: Broker, when: string): void {
    this.checks++;
    const log = broker.topics.partition(TOPIC, 0) as PartitionLog;
    const aborted = new Set<number>();
    for (const { firstOffset, lastOffset } of log.abortedTransactions(0, log.nextOffset)) {
      for (let offset = firstOffset; offset <= lastOffset; offset++) if (this.aborted.has(offset)) aborted.add(offset);
    }
    const found = new Map<string, ReadRecord[]>();
    for (const record of recordsOf(log)) {
      assert.deepEqual(record, this.written.get(record.offset), `offset ${record.offset} ${when}`);
      if (this.aborted.has(record.offset)) {
        assert(aborted.has(record.offset), `${record.offset} was aborted, and is read ${when}`);
        continue;
      }
      const ofKey = found.get(String(record.key)) ?? [];
      ofKey.push(record);
      found.set(String(record.key), ofKey);
    }
    assert.equal(log.nextOffset, this.end(log), `end of the log ${when}`);
    for (const [key, last] of this.lastOfEachKey()) {
      const newest = found.get(key)?.at(-1);
      if (newest) assert.deepEqual(newest, last, `last record of ${key} ${when}`);
      else assert.equal(last.value, null, `${key} is lost ${when}`);
    }
    assert.equal(log.producers.get(9)?.batches.at(-1)?.lastSequence, this.sequence - 1, `sequence ${when}`);
    assert.equal(log.producers.firstOpenOffset(), undefined, `no transaction is open ${when}`);
  }

  /** The last record may be followed by the marker of its transaction. */
  private end(log: PartitionLog): number {
    const last = Math.max(...this.written.keys());
    return log.nextOffset === last + 2 ? last + 2 : last + 1;
  }

  private lastOfEachKey(): Map<string, ReadRecord> {
    const last = new Map<string, ReadRecord>();
    for (const record of this.written.values())
      if (!this.aborted.has(record.offset)) last.set(String(record.key), record);
    return last;
  }
}

function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

describe('a compaction that ends at any point', () => {
  it(
    `loses no record that counts and brings none back, over ${SEEDS_TO_RUN} seeds`,
    { timeout: SIMULATION_TIMEOUT_MS },
    async () => {
      let checks = 0;
      await playSeeds(async (seed) => {
        checks += await new Run(seed).play();
      });
      expect(checks).toBeGreaterThan(SEEDS_TO_RUN * 3);
    },
  );
});
