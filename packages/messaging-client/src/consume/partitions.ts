import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Backoff } from '../backoff.ts';
import type { PartitionPlace, RecordBatch, SkippedOffsets } from '../kafka/driver.ts';
import { DATABASE_RETRY_MS, PARKED_KEYS_REMEMBERED_MAX } from '../limits.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import type { ParkedRecords } from '../parking/parked-records.ts';
import type { GroupMembership } from './group-membership.ts';
import { HeldPartition, partitionName } from './held-partition.ts';
import type { PartitionHolders } from './partition-holders.ts';

/** The partitions that this instance has: from their assignment to their release, and what is committed of them. */
export class Partitions {
  readonly #logger = new Logger('KafkaConsumer');
  readonly #group: string;
  readonly #holders: PartitionHolders;
  readonly #parkedRecords: ParkedRecords;
  readonly #events: MessageEvents;
  readonly #held = new Map<string, HeldPartition>();
  #committing: Promise<void> | undefined;

  constructor(group: string, holders: PartitionHolders, parkedRecords: ParkedRecords, events: MessageEvents) {
    this.#group = group;
    this.#holders = holders;
    this.#parkedRecords = parkedRecords;
    this.#events = events;
  }

  get all(): HeldPartition[] {
    return [...this.#held.values()];
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  /** The first offset of a partition that was not received yet. */
  nextOffset(place: SkippedOffsets): bigint {
    return this.#held.get(partitionName(place))?.progress.next ?? 0n;
  }

  /** `kept`: those that stay are the same as before, with what is in flight on them. */
  assign(places: readonly PartitionPlace[], kept: boolean): void {
    const assigned = new Map(places.map((place) => [partitionName(place), place]));
    const revoked = this.all.filter(({ name }) => !kept || !assigned.has(name));
    for (const held of revoked) {
      this.#held.delete(held.name);
      held.revoke();
    }
    void this.release(revoked.filter(({ name }) => !assigned.has(name)));
    for (const [name, place] of assigned) if (!this.#held.has(name)) this.#hold(place);
  }

  /** The partition of a batch, if it is ours. */
  of({ topic, partition, records, undecodable }: RecordBatch): HeldPartition | undefined {
    const held = this.#held.get(partitionName({ topic, partition }));
    const offset = records[0]?.offset ?? undecodable?.firstOffset;
    if (held === undefined || offset === undefined || !held.progress.isBeforeCommitted(BigInt(offset))) {
      return held;
    }
    // The topic was deleted and created again, or the broker lost its data: its offsets mean other records now.
    this.#logger.warn({ topic, partition, offset }, 'topic was recreated; reading it from the start');
    held.revoke();
    return this.#hold({ topic, partition });
  }

  stop(): void {
    for (const held of this.all) held.stop();
  }

  async release(partitions: readonly PartitionPlace[]): Promise<void> {
    try {
      await this.#holders.release(partitions);
    } catch {
      // The next holder takes this for a crash, and guards records without need.
    }
  }

  commitSoon(membership: GroupMembership): void {
    this.#committing ??= this.#commit(membership).finally(() => (this.#committing = undefined));
  }

  /** What is finished now, after a commit that is running. */
  async commitLast(membership: GroupMembership): Promise<void> {
    await this.#committing;
    await this.#commit(membership);
  }

  #hold(place: PartitionPlace): HeldPartition {
    const held = new HeldPartition(this.#group, place);
    this.#held.set(held.name, held);
    void this.#open(held);
    return held;
  }

  /**
   * Reads which lanes are parked, and whether the last holder crashed. Until then nothing of the partition is handled; without
   * a database nothing could be.
   */
  async #open(held: HeldPartition): Promise<void> {
    const backoff = new Backoff(DATABASE_RETRY_MS);
    while (!held.isClosed) {
      try {
        const crash = await this.#holders.take(held);
        const { topic, partition } = held;
        held.open(await this.#parkedRecords.parkedKeys(topic, partition, PARKED_KEYS_REMEMBERED_MAX), crash);
        return;
      } catch {
        await delay(backoff.nextMs());
      }
    }
  }

  async #commit(membership: GroupMembership): Promise<void> {
    const due = this.all.flatMap((held) => {
      const offset = held.progress.toCommit;
      return offset === undefined ? [] : [{ held, offset }];
    });
    if (due.length === 0) return;
    try {
      await membership.commit(
        due.map(({ held: { topic, partition }, offset }) => ({ topic, partition, offset: String(offset) })),
      );
    } catch {
      // Not a member right now. What is finished stays finished, and the next commit says so.
      return;
    }
    for (const { held, offset } of due) {
      held.progress.committed(offset);
      const { topic, partition } = held;
      this.#events.emit('consumer.committed', { topic, partition, offset: String(offset) });
    }
  }
}
