import type { Broker } from '../src/broker.ts';
import { GroupCommit } from '../src/log/flush-policy.ts';
import type { FlushPolicy } from '../src/log/flush-policy.ts';
import type { MemoryFileSystem, Random } from '../src/storage/memory-with-faults.ts';
import { brokerInMemory } from './broker-in-memory.ts';

/** The number of seeds of a simulation, and the single seed to run, if any. */
const SEEDS = Number(process.env.SEEDS ?? 100);
const ONLY = process.env.SEED;

const DAY_MS = 24 * 3_600_000;

export const SEEDS_TO_RUN = ONLY === undefined ? SEEDS : 1;

/** Far more than they take on a slow machine. */
export const SIMULATION_TIMEOUT_MS = 600_000 + SEEDS_TO_RUN * 1_000;

/** Runs every seed. @throws for the first that fails, with its number */
export async function playSeeds(play: (seed: number) => Promise<void>): Promise<void> {
  const first = ONLY === undefined ? 0 : Number(ONLY);
  for (let seed = first; seed < first + SEEDS_TO_RUN; seed++) {
    try {
      await play(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (run it alone with SEED=${seed}): ${(error as Error).message}`, { cause: error });
    }
  }
}

export function flushPolicyOf(seed: number): FlushPolicy {
  return (['always', 'interval', 'none'] as const)[seed % 3] as FlushPolicy;
}

/** From the start of a broker on a data folder to its end. Segments are small, so that new ones begin all the time. */
export class Life {
  readonly broker: Broker;
  readonly files: MemoryFileSystem;
  private readonly random: Random;
  private readonly policy: FlushPolicy;

  constructor(files: MemoryFileSystem, policy: FlushPolicy, random: Random) {
    this.files = files;
    this.random = random;
    this.policy = policy;
    const topicDefaults = { segmentBytes: 700, retentionMs: -1 };
    this.broker = brokerInMemory(
      files,
      { flush: policy, topicDefaults, offsetsSegmentBytes: 400 },
      new GroupCommit(() => Promise.resolve()),
    );
  }

  /** Resolves when it serves clients, as `startBroker` does: what it has found is on the disk then. */
  async becomeReady(): Promise<void> {
    await this.broker.logs.syncChanged();
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** Runs everything that only waits for a turn of the event loop. */
  async turn(): Promise<void> {
    for (let i = 0; i < 8; i++) await Promise.resolve();
    // Work in steps continues in turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 8; i++) await Promise.resolve();
  }

  /** Compacts what is due, up to two days later: by then tombstones and markers go. */
  async compact(): Promise<void> {
    await this.broker.cleaner.cleanAll(Date.now() + this.below(3) * DAY_MS);
  }

  get isDurableWhenAcknowledged(): boolean {
    return this.policy === 'always';
  }

  /** The process ends: nothing that it had scheduled runs any more. */
  end(): void {
    this.broker.groups.close();
    this.broker.transactions.close();
  }
}
