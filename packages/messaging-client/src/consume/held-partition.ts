import { RECORDS_GUARDED_AFTER_CRASH_MAX, PARKED_KEYS_REMEMBERED_MAX } from '../limits.ts';
import type { PartitionPlace } from '../kafka/driver.ts';
import { PartitionProgress } from './partition-progress.ts';

/** What is known of a partition whose last holder ended without having released it. */
export interface CrashTraces {
  /** Offsets whose attempt had started and not ended. */
  readonly suspects: ReadonlySet<string>;
}

export function partitionName({ topic, partition }: PartitionPlace): string {
  return `${topic}/${partition}`;
}

/**
 * A partition that this instance has now: how far it is finished, and which of its lanes are parked. One that was revoked
 * and assigned again is another.
 *
 * The set of parked lanes changes only in a lane's own turn, so between looking and acting nothing can come. A lane that
 * another process parks meanwhile (a redrive, an instance that lost the partition) is found by looking for due records.
 *
 * Parked lanes are remembered up to a bound. Past it the database is queried for each record, in that record's own turn.
 */
export class HeldPartition implements PartitionPlace {
  /** The consumer group by which it is held. */
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  readonly progress = new PartitionProgress();
  /** Parked lanes that are running, or wait for their turn. */
  readonly retrying = new Set<string>();
  /** Undefined: there are too many to remember. */
  #parked: Set<string> | undefined = new Set();
  /** Lanes that were parked while all of them were read from the database. */
  #parkedMeanwhile: Set<string> | undefined;
  #crash: CrashTraces | undefined;
  #recordsToGuard = 0;
  readonly #opened = Promise.withResolvers<void>();
  #state: 'opening' | 'open' | 'stopped' | 'revoked' = 'opening';

  constructor(group: string, { topic, partition }: PartitionPlace) {
    this.group = group;
    this.topic = topic;
    this.partition = partition;
    this.name = partitionName({ topic, partition });
  }

  /** Resolves when it is known which lanes are parked, or when that does not matter any more. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Nothing of it is begun any more. */
  get isClosed(): boolean {
    return this.#state === 'stopped' || this.#state === 'revoked';
  }

  /** Revoked by the group: another instance handles what is not finished. */
  get isRevoked(): boolean {
    return this.#state === 'revoked';
  }

  /** Whether it is known here which lanes are parked; else the database has to be queried. */
  get remembersParked(): boolean {
    return this.#parked !== undefined;
  }

  /** `parkedKeys`: undefined when there are too many. */
  open(parkedKeys: ReadonlyArray<Buffer | null> | undefined, crash: CrashTraces | undefined): void {
    if (this.#state !== 'opening') return;
    this.#crash = crash;
    this.#recordsToGuard = crash === undefined ? 0 : RECORDS_GUARDED_AFTER_CRASH_MAX;
    this.#parked = parkedKeys && new Set(parkedKeys.map((key) => this.laneOf(key)));
    this.#state = 'open';
    this.#opened.resolve();
  }

  /** The service stops. What is finished by then is still committed. */
  stop(): void {
    if (this.#state !== 'revoked') this.#state = 'stopped';
    this.#opened.resolve();
  }

  revoke(): void {
    this.#state = 'revoked';
    this.#opened.resolve();
  }

  /** The last holder crashed without releasing it, and the records that it may have had in flight are not finished yet. */
  get isRecoveringFromCrash(): boolean {
    return this.#recordsToGuard > 0;
  }

  isSuspect(offset: string): boolean {
    return this.#crash?.suspects.has(offset) ?? false;
  }

  /** A record is finished that was not before: one less of those that were in flight at the crash. */
  countRecovered(): void {
    this.#recordsToGuard -= 1;
    if (this.#recordsToGuard === 0) this.#crash = undefined;
  }

  /** The name of a key's lane, different for every partition. Records without a key share one. */
  laneOf(key: Buffer | null): string {
    return `${this.name}/${key?.toString('latin1') ?? ''}`;
  }

  /** As far as it is remembered. */
  isParked(key: Buffer | null): boolean {
    return this.#parked !== undefined && this.#parked.size > 0 && this.#parked.has(this.laneOf(key));
  }

  park(key: Buffer | null): void {
    this.#parkedMeanwhile?.add(this.laneOf(key));
    if (this.#parked === undefined) return;
    this.#parked.add(this.laneOf(key));
    if (this.#parked.size > PARKED_KEYS_REMEMBERED_MAX) this.#parked = undefined;
  }

  release(key: Buffer | null): void {
    this.#parked?.delete(this.laneOf(key));
  }

  /**
   * Tries to remember again, by all that `read` finds, or undefined when these are still too many. A lane that was released
   * meanwhile is remembered as parked: its next record takes the way through the database, and nothing is lost by that.
   */
  async remember(read: () => Promise<ReadonlyArray<Buffer | null> | undefined>): Promise<void> {
    if (this.#parkedMeanwhile !== undefined) return;
    this.#parkedMeanwhile = new Set();
    try {
      const keys = await read();
      if (keys !== undefined)
        this.#parked = new Set([...keys.map((key) => this.laneOf(key)), ...this.#parkedMeanwhile]);
    } finally {
      this.#parkedMeanwhile = undefined;
    }
  }
}
