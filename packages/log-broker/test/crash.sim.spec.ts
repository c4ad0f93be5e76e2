import { seededRandom } from '@event-bus/test-kit/seeded-random';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { Broker } from '../src/broker.ts';
import type { FlushPolicy } from '../src/log/flush-policy.ts';
import { retain } from '../src/maintenance.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import type { Random } from '../src/storage/memory-with-faults.ts';
import { KafkaError } from '../src/wire/error-code.ts';
import {
  BATCH_HEADER_BYTES,
  batchDefect,
  batchSizeAt,
  encodeBatch,
  readBatchHeader,
  readRecords,
} from '../src/wire/record-batch.ts';
import { Life, SEEDS_TO_RUN, SIMULATION_TIMEOUT_MS, flushPolicyOf, playSeeds } from './crash-lives.ts';

// A broker on a file system that fails, for SEEDS seeds. Each seed is a few lives of one data folder:
// random appends, commits, syncs, retention, a disk that fills up or tears a write; then a kill or a power loss, and the
// next life begins with recovery. After each, invariant 2 of ARCHITECTURE.md must hold:
//
// - acknowledged records are at their offsets, byte for byte: after a kill all of them, after a power loss those that the
//   flush policy promises (`always`: all; else those that had been synced);
// - there is no record that was not sent, no offset twice, no gap;
// - a resend of the last batch is recognised;
// - committed offsets are not below the acknowledged ones, and topics that were created exist.
//
// A failing seed is printed with the message; SEED=<n> runs it alone.

const TOPIC = 'records';
const PARTITIONS = 2;

interface Sent {
  readonly value: string;
  readonly partition: number;
}

class Run {
  private readonly random: Random;
  private readonly policy: FlushPolicy;
  private files = new MemoryFileSystem();
  private readonly sent = new Map<string, Sent>();
  /** `partition:offset` of acknowledged records, by value. */
  private readonly acknowledged = new Map<string, number>();
  /** Those of them that must survive a power loss. */
  private readonly durable = new Set<string>();
  private committed = -1;
  private durableCommitted = -1;
  private attemptedCommit = -1;
  private isTopicAcknowledged = false;
  private producerSequence = [0, 0];
  private lastBatch: (Buffer | undefined)[] = [undefined, undefined];
  private next = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.policy = flushPolicyOf(seed);
  }

  async play(): Promise<void> {
    for (let life = 0; life < 4; life++) {
      const current = new Life(this.files, this.policy, this.random);
      this.checkAll(current);
      const isReady = current.becomeReady();
      // Else it ends while it syncs what it has found.
      if (this.random() < 0.9) {
        await isReady;
        this.noteSynced(this.acknowledged, this.committed);
        await this.live(current);
      }
      current.end();
      const isPowerLoss = this.random() < 0.5;
      this.files = isPowerLoss ? this.files.afterPowerLoss(this.random) : this.files.afterKill();
      if (isPowerLoss) this.forgetWhatMayBeLost();
    }
    this.checkAll(new Life(this.files, this.policy, this.random));
  }

  private async live(life: Life): Promise<void> {
    const { broker, files } = life;
    try {
      if (!broker.topics.get(TOPIC)) await broker.topics.create(TOPIC, PARTITIONS);
      this.isTopicAcknowledged = true;
    } catch {
      return;
    }
    const steps = 5 + life.below(25);
    for (let step = 0; step < steps; step++) {
      const choice = this.random();
      if (choice < 0.6) this.append(life);
      else if (choice < 0.7) this.commit(life);
      else if (choice < 0.78) {
        const before = new Map(this.acknowledged);
        const committed = this.committed;
        files.releaseSyncs();
        await life.turn();
        if (files.holdsSyncs) continue;
        // A checkpoint that cannot be written only makes recovery longer.
        const isSynced = await broker.logs.sync().then(
          () => true,
          () => false,
        );
        if (isSynced) this.noteSynced(before, committed);
      } else if (choice < 0.84) files.tearNextWriteAfter = life.below(120);
      else if (choice < 0.88) files.capacityBytes = 2_000 + life.below(6_000);
      else if (choice < 0.92) files.capacityBytes = Number.POSITIVE_INFINITY;
      else if (choice < 0.96) {
        files.holdsSyncs = !files.holdsSyncs;
        if (!files.holdsSyncs) files.releaseSyncs();
      } else if (!files.holdsSyncs) {
        await retain(broker).catch(() => {});
        await life.compact();
      }
      await life.turn();
    }
    files.tearNextWriteAfter = undefined;
  }

  private noteSynced(acknowledged: ReadonlyMap<string, number>, committed: number): void {
    for (const value of acknowledged.keys()) this.durable.add(value);
    this.durableCommitted = Math.max(this.durableCommitted, committed);
  }

  private append(life: Life): void {
    const partition = life.below(PARTITIONS);
    const log = life.broker.topics.partition(TOPIC, partition);
    if (!log) return;
    const values = Array.from({ length: 1 + life.below(3) }, () => `v${this.next++}-${'x'.repeat(life.below(80))}`);
    for (const value of values) this.sent.set(value, { value, partition });
    const baseSequence = this.producerSequence[partition] ?? 0;
    const batch = encodeBatch({
      records: values.map((value) => ({ key: null, value: Buffer.from(value) })),
      timestamp: 1_000 + this.next,
      producerId: 9,
      producerEpoch: 0,
      baseSequence,
    });
    const copy = Buffer.from(batch);
    try {
      const { baseOffset } = log.append(batch);
      this.producerSequence[partition] = baseSequence + values.length;
      const acknowledge = () => {
        values.forEach((value, i) => this.acknowledged.set(value, baseOffset + i));
        this.lastBatch[partition] = copy;
        if (life.isDurableWhenAcknowledged) for (const value of values) this.durable.add(value);
      };
      const pending = life.broker.durable(log);
      if (pending) pending.then(acknowledge, () => {});
      else acknowledge();
    } catch (error) {
      assert(error instanceof KafkaError);
    }
  }

  private commit(life: Life): void {
    const offset = ++this.attemptedCommit;
    try {
      const where = { topic: TOPIC, partition: 0, leaderEpoch: -1, metadata: '', committedAt: Date.now() };
      life.broker.groups.commit('group', [{ ...where, offset }]);
    } catch {
      return;
    }
    const acknowledge = () => {
      this.committed = Math.max(this.committed, offset);
      if (life.isDurableWhenAcknowledged) this.durableCommitted = Math.max(this.durableCommitted, offset);
    };
    const log = life.broker.topics.partition('__consumer_offsets', 0);
    const pending = log && life.broker.durable(log);
    if (pending) pending.then(acknowledge, () => {});
    else acknowledge();
  }

  /** After a power loss only the durable part is required; the producer continues from the log. */
  private forgetWhatMayBeLost(): void {
    for (const value of [...this.acknowledged.keys()]) {
      if (!this.durable.has(value)) this.acknowledged.delete(value);
    }
    this.committed = this.durableCommitted;
    this.lastBatch = [undefined, undefined];
  }

  private checkAll(life: Life): void {
    const { broker } = life;
    const topic = broker.topics.get(TOPIC);
    if (this.isTopicAcknowledged) assert.equal(topic?.partitions.length, PARTITIONS);
    if (!topic) return;
    const stored = new Map<string, string>();
    for (const log of topic.partitions) {
      const content = this.readLog(log.partition, broker);
      content.forEach((value, offset) => stored.set(value, `${log.partition}:${offset}`));
      const entry = log.producers.get(9);
      this.producerSequence[log.partition] = entry?.batches.at(-1) ? (entry.batches.at(-1)?.lastSequence ?? -1) + 1 : 0;
    }
    for (const [value, offset] of this.acknowledged) {
      assert.equal(stored.get(value), `${this.sent.get(value)?.partition}:${offset}`, `${value} was acknowledged`);
    }
    const offset = broker.groups.offsets.get('group', TOPIC, 0)?.offset ?? -1;
    assert(offset >= this.committed, `offset ${this.committed} was committed, found ${offset}`);
    assert(offset <= this.attemptedCommit, `offset ${offset} was never committed`);
    for (const [partition, batch] of this.lastBatch.entries()) {
      // Later batches, written but not acknowledged, may follow; then it is no longer the last.
      const last = topic.partitions[partition]?.producers.get(9)?.batches.at(-1);
      const isLast = batch && readBatchHeader(batch).lastSequence === last?.lastSequence;
      if (isLast) assert(topic.partitions[partition]?.append(Buffer.from(batch)).duplicate, 'a resend is recognised');
    }
  }

  /** The values of a partition by offset, after checking that each batch is whole, in place and was sent. */
  private readLog(partition: number, broker: Broker): string[] {
    const log = broker.topics.partition(TOPIC, partition);
    const values: string[] = [];
    if (!log) return values;
    for (let offset = log.startOffset; offset < log.nextOffset;) {
      const bytes = log.read(offset, 4_096, log.nextOffset);
      assert(bytes.length > 0, `nothing at offset ${offset}`);
      for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at)) {
        assert.equal(batchDefect(bytes, at, bytes.length - at), undefined);
        const header = readBatchHeader(bytes, at);
        assert.equal(header.baseOffset, offset);
        for (const { value } of readRecords(header, bytes.subarray(at + BATCH_HEADER_BYTES, at + header.sizeBytes))) {
          const text = String(value);
          assert.equal(this.sent.get(text)?.partition, partition);
          values.push(text);
        }
        offset = header.lastOffset + 1;
      }
    }
    assert.equal(new Set(values).size, values.length, 'no record is there twice');
    return values;
  }
}

describe('a broker whose process or machine fails at any point', () => {
  it(`keeps what it has acknowledged, over ${SEEDS_TO_RUN} seeds`, { timeout: SIMULATION_TIMEOUT_MS }, async () => {
    await playSeeds(async (seed) => new Run(seed).play());
  });
});
