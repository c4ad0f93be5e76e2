import { seededRandom } from '@event-bus/test-kit/seeded-random';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { FlushPolicy } from '../src/log/flush-policy.ts';
import type { PartitionLog } from '../src/log/partition-log.ts';
import { MemoryFileSystem } from '../src/storage/memory-with-faults.ts';
import type { Random } from '../src/storage/memory-with-faults.ts';
import { OFFSETS_TOPIC } from '../src/topics/topic-registry.ts';
import type { ProducerIdentity } from '../src/transactions/transaction-coordinator.ts';
import { ErrorCode, KafkaError } from '../src/wire/error-code.ts';
import {
  BATCH_HEADER_BYTES,
  batchSizeAt,
  encodeBatch,
  readBatchHeader,
  readRecords,
} from '../src/wire/record-batch.ts';
import { Life, SEEDS_TO_RUN, SIMULATION_TIMEOUT_MS, flushPolicyOf, playSeeds } from './crash-lives.ts';

// A broker on a file system that fails, as in crash.sim.spec.ts. Its client writes records in transactions, and creates and
// deletes topics. The broker compacts its own topics, and in half of the seeds the one with the records: each has a key of its
// own there, so that only what was aborted goes. Some lives end in the middle of that. At the start of each life:
//
// - a transaction is visible in all its partitions with its offset, or in none: in all if its commit was acknowledged, in
//   none if it was aborted;
// - no partition waits for the end of a transaction that no client can end;
// - a topic that was created exists, a deleted one does not, and a new one of the same name is empty.
//
// A power loss may break the first when answers were sent before the sync: then the model starts again.

const LEDGER = 'ledger';
const PARTITIONS = 3;
const ID = 'mover';
const TIMEOUT_MS = 900_000;
/** Far more than the end of a transaction takes. */
const TURNS_TO_END_MAX = 1_000;

type Outcome = 'open' | 'committed' | 'aborted';

interface Transaction {
  readonly n: number;
  readonly partitions: number[];
  /** What was acknowledged. `open`: it may be committed, or not. */
  outcome: Outcome;
}

class Run {
  private readonly random: Random;
  private readonly policy: FlushPolicy;
  private readonly settings: Record<string, string>;
  private files = new MemoryFileSystem();
  private transactions: Transaction[] = [];
  private next = 0;
  private isLedgerThere = false;
  /** Whether a topic must exist; undefined when its last change was not acknowledged. */
  private readonly topics = new Map<string, boolean | undefined>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.policy = flushPolicyOf(seed);
    this.settings = seed % 2 === 0 ? { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' } : {};
  }

  async play(): Promise<void> {
    for (let n = 0; n < 4; n++) {
      const life = await this.begin();
      await this.live(life);
      life.end();
      // After a clean shutdown the next life needs no recovery, and the one after it does.
      if (this.random() < 0.2) life.broker.logs.close();
      const isPowerLoss = this.random() < 0.5;
      this.files = isPowerLoss ? this.files.afterPowerLoss(this.random) : this.files.afterKill();
      if (isPowerLoss && !life.isDurableWhenAcknowledged) this.transactions = [];
    }
    (await this.begin()).end();
  }

  private async begin(): Promise<Life> {
    const life = new Life(this.files, this.policy, this.random);
    await life.becomeReady();
    await life.turn();
    await this.checkTransactions(life);
    this.checkTopics(life);
    return life;
  }

  private async live(life: Life): Promise<void> {
    const { broker, files } = life;
    try {
      if (!broker.topics.get(LEDGER)) await broker.topics.create(LEDGER, PARTITIONS, this.settings);
    } catch (error) {
      assert(error instanceof KafkaError);
      return;
    }
    this.isLedgerThere = true;
    const steps = 3 + life.below(12);
    for (let step = 0; step < steps; step++) {
      const choice = this.random();
      if (choice < 0.1) files.tearNextWriteAfter = life.below(150);
      else if (choice < 0.15) files.capacityBytes = 2_000 + life.below(8_000);
      else if (choice < 0.2) files.capacityBytes = Number.POSITIVE_INFINITY;
      else if (choice < 0.3) {
        const compacting = life.compact();
        if (this.random() < 0.3) {
          for (let turns = life.below(6); turns > 0; turns--) await life.turn();
          break;
        }
        await compacting;
      } else if (choice < 0.5) {
        // It ends in the middle of its work.
        if (!(await this.changeTopic(life))) break;
      } else {
        const isWhole = await this.transact(life).catch((error: unknown) => {
          assert(error instanceof KafkaError, String(error));
          return true;
        });
        // It ends in the middle of its work.
        if (!isWhole) break;
      }
    }
    files.tearNextWriteAfter = undefined;
    files.capacityBytes = Number.POSITIVE_INFINITY;
  }

  /** One transaction, as far as it gets. False when the process is to end there. */
  private async transact(life: Life): Promise<boolean> {
    const { broker } = life;
    const { transactions } = broker;
    const diesAt = this.random() < 0.3 ? life.below(5) : -1;
    const producer = await transactions.init(ID, TIMEOUT_MS, { producerId: -1, producerEpoch: -1 });
    const partitions = [0, 1, 2].filter(() => this.random() < 0.6);
    const transaction: Transaction = { n: this.next++, partitions, outcome: 'open' };
    this.transactions.push(transaction);
    if (diesAt === 0) return false;
    const offsets = { topic: OFFSETS_TOPIC, partition: 0 };
    await transactions.add(ID, producer, [...partitions.map((partition) => ({ topic: LEDGER, partition })), offsets]);
    for (const partition of partitions) {
      if (diesAt === 1 && this.random() < 0.5) return false;
      await this.append(life, producer, partition, transaction.n);
    }
    if (diesAt === 2) return false;
    const where = { topic: LEDGER, partition: 0, leaderEpoch: -1, metadata: '', committedAt: Date.now() };
    broker.groups.commitInTransaction('group', producer, [{ ...where, offset: transaction.n }]);
    await broker.durable(broker.offsetsTopic.log);
    if (diesAt === 3) return false;
    const isCommit = this.random() < 0.6;
    const ending = transactions.endBy(ID, producer, isCommit);
    ending.catch(() => {});
    if (diesAt === 4) return false;
    await ending;
    transaction.outcome = isCommit ? 'committed' : 'aborted';
    return true;
  }

  private async append({ broker }: Life, producer: ProducerIdentity, partition: number, n: number): Promise<void> {
    const log = broker.topics.partition(LEDGER, partition) as PartitionLog;
    const records = [{ key: Buffer.from(`${n}`), value: Buffer.from(`${n}:${'x'.repeat(40)}`) }];
    // Each transaction has an epoch of its own.
    log.append(encodeBatch({ records, timestamp: 1, ...producer, baseSequence: 0, isTransactional: true }));
    await broker.durable(log);
  }

  /** Creates a topic or deletes it. False when the process is to end before that is done: then both results are right. */
  private async changeTopic(life: Life): Promise<boolean> {
    const { topics } = life.broker;
    const name = `topic-${life.below(3)}`;
    const known = topics.get(name);
    this.topics.set(name, undefined);
    try {
      const changing = known ? topics.delete(known) : topics.create(name, 1);
      if (this.random() < 0.2) {
        changing.catch(() => {});
        for (let turns = life.below(6); turns > 0; turns--) await Promise.resolve();
        return false;
      }
      const topic = await changing;
      if (topic) {
        const log = topic.partitions[0];
        assert.equal(log?.nextOffset, 0, `${name} is new and empty`);
        log?.append(encodeBatch({ records: [{ key: null, value: Buffer.from(name) }], timestamp: 1 }));
      }
    } catch (error) {
      assert(error instanceof KafkaError, String(error));
      return true;
    }
    this.topics.set(name, !known);
    return true;
  }

  private checkTopics({ broker }: Life): void {
    for (const [name, isThere] of this.topics) {
      if (isThere === undefined) this.topics.set(name, broker.topics.get(name) !== undefined);
      else assert.equal(broker.topics.get(name) !== undefined, isThere, `${name} ${isThere ? 'was' : 'was not'} there`);
    }
  }

  /** Ends what the life before left open, as the next producer with the id does, and checks what is visible then. */
  private async checkTransactions(life: Life): Promise<void> {
    const { broker } = life;
    if (!broker.topics.get(LEDGER)) return assert(!this.isLedgerThere, 'the ledger was created');
    await this.endWhatIsOpen(life);
    const logs = broker.topics.get(LEDGER)?.partitions ?? [];
    for (const log of [...logs, broker.offsetsTopic.log]) {
      assert.equal(log.producers.firstOpenOffset(), undefined, `no client can end a transaction in ${log.name}`);
    }
    const seen = logs.map(committedIn);
    const offset = broker.groups.offsets.get('group', LEDGER, 0)?.offset ?? -1;
    for (const transaction of this.transactions) this.checkTransaction(transaction, seen, offset);
    const last = this.transactions.find(({ n }) => n === offset);
    assert.notEqual(last?.outcome, 'aborted', `offset ${offset} of a transaction that was aborted`);
  }

  /** A transaction that was decided before the crash is still ending; clients retry, and so does this. */
  private async endWhatIsOpen(life: Life): Promise<void> {
    for (let turns = 0; turns < TURNS_TO_END_MAX; turns += 1) {
      try {
        await life.broker.transactions.init(ID, TIMEOUT_MS, { producerId: -1, producerEpoch: -1 });
        return;
      } catch (error) {
        if (!(error instanceof KafkaError) || error.code !== ErrorCode.CONCURRENT_TRANSACTIONS) throw error;
        await life.turn();
      }
    }
    assert.fail('a transaction that was decided is not ended');
  }

  private checkTransaction(transaction: Transaction, seen: ReadonlySet<number>[], offset: number): void {
    const { n, partitions } = transaction;
    const where = partitions.filter((partition) => seen[partition]?.has(n));
    const isAll = where.length === partitions.length;
    assert(isAll || where.length === 0, `transaction ${n} of ${partitions.join()} is visible in ${where.join()} only`);
    // One that wrote to no partition is visible by its offset alone.
    const isSeen = partitions.length > 0 ? isAll : transaction.outcome === 'committed' || offset === n;
    if (transaction.outcome === 'open') transaction.outcome = isSeen ? 'committed' : 'aborted';
    assert.equal(isSeen ? 'committed' : 'aborted', transaction.outcome, `transaction ${n} was ${transaction.outcome}`);
    if (isSeen) assert(offset >= n, `transaction ${n} moved the offset, which is ${offset}`);
  }
}

/** The transactions whose records a reader of committed records gets. */
function committedIn(log: PartitionLog): ReadonlySet<number> {
  const seen = new Set<number>();
  const aborted = log.abortedTransactions(log.startOffset, log.nextOffset);
  for (let offset = log.startOffset; offset < log.lastStableOffset;) {
    const bytes = log.read(offset, 4_096, log.lastStableOffset);
    assert(bytes.length > 0, `nothing at offset ${offset}`);
    for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at)) {
      const header = readBatchHeader(bytes, at);
      offset = header.lastOffset + 1;
      const isAborted = aborted.some(
        ({ producerId, firstOffset, lastOffset }) =>
          producerId === header.producerId && firstOffset <= header.baseOffset && header.baseOffset <= lastOffset,
      );
      if (header.isControl || isAborted) continue;
      for (const { value } of readRecords(header, bytes.subarray(at + BATCH_HEADER_BYTES, at + header.sizeBytes))) {
        seen.add(Number.parseInt(String(value), 10));
      }
    }
  }
  return seen;
}

describe('a broker that crashes during transactions and changes of topics', () => {
  it(`keeps them whole, over ${SEEDS_TO_RUN} seeds`, { timeout: SIMULATION_TIMEOUT_MS }, async () => {
    await playSeeds(async (seed) => new Run(seed).play());
  });
});
