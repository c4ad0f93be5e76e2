import { setTimeout as delay } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import type { BaseOptions, GroupAssignment } from '@platformatic/kafka';
import { Backoff } from '../../backoff.ts';
import {
  HEARTBEAT_INTERVAL_MS,
  JOIN_AWAITED_MS_MAX,
  METADATA_AGE_MAX_MS,
  REBALANCE_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
} from '../../limits.ts';
import type { GroupListener, GroupMember, PartitionPlace } from '../driver.ts';
import { REQUEST_TIMEOUT_MS } from '../timeouts.ts';
import { PartitionReader } from './partition-reader.ts';
import { isTemporary, readable } from './library-errors.ts';

/** As kafkajs calls it, so that members of both drivers can be in a group while a service changes from one to the other. */
const ASSIGNER = { name: 'RoundRobinAssigner', version: 1 } as const;

/**
 * The library's own retries are off: its commit would join the group again and then repeat old offsets under the new generation.
 * Everything else that is to be retried is retried here.
 */
const NO_RETRIES = { retries: 0 } as const;

const REJOIN_DELAY_MS = { first: 100, max: 1_000 } as const;

/** A commit does not depend on the leader of the partition. */
const NO_EPOCH = -1;

/** Uses the library for membership only; reading and positions are the reader's. */
export class PlatformaticGroupMember implements GroupMember {
  readonly #consumer: Consumer;
  readonly #reader: PartitionReader;
  readonly #topics: readonly string[];
  readonly #listener: GroupListener;
  #left = false;
  #joining: Promise<void> | undefined;
  /** Number of partitions of the topics at the last assignment. */
  #partitions = 0;
  #partitionsWatch: NodeJS.Timeout | undefined;
  /** The membership that the listener was last notified of. */
  #notified: { readonly memberId: string; readonly generationId: number } | undefined;

  constructor(options: BaseOptions, groupId: string, topics: readonly string[], listener: GroupListener) {
    this.#topics = topics;
    this.#listener = listener;
    this.#consumer = new Consumer({
      ...options,
      ...NO_RETRIES,
      groupId,
      protocols: [ASSIGNER],
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      // A request to join is answered when the rebalance is complete.
      requestTimeout: REBALANCE_TIMEOUT_MS + REQUEST_TIMEOUT_MS,
    });
    this.#reader = new PartitionReader({ ...options, ...NO_RETRIES, groupId }, topics, this.#consumer, listener);
    this.#listen();
  }

  async join(): Promise<void> {
    this.#consumer.topics.trackAll(...this.#topics);
    this.#partitionsWatch = setInterval(() => void this.#rejoinForNewPartitions(), METADATA_AGE_MAX_MS);
    return this.#joinGroup();
  }

  async commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void> {
    const { memberId, generationId } = this.#consumer;
    if (
      this.#notified === undefined ||
      this.#notified.memberId !== memberId ||
      this.#notified.generationId !== generationId
    ) {
      throw new Error('not a member of the group now');
    }
    await this.#consumer.commit({
      offsets: offsets.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: BigInt(offset),
        leaderEpoch: NO_EPOCH,
      })),
    });
  }

  async leave(): Promise<void> {
    this.#left = true;
    clearInterval(this.#partitionsWatch);
    const joining = this.#joining?.catch(() => undefined);
    // A member that waits for its response has no id yet, and cannot leave.
    await Promise.race([joining, delay(JOIN_AWAITED_MS_MAX, undefined, { ref: false })]);
    await Promise.all([this.#reader.close(), this.#quit()]);
  }

  #listen(): void {
    const consumer = this.#consumer;
    consumer.on('consumer:group:join', ({ memberId, generationId, assignments }) => {
      if (!this.#left && memberId !== undefined) this.#joined(memberId, generationId!, assignments ?? []);
    });
    consumer.on('consumer:group:rebalance', () => this.#listener.rebalancing());
    consumer.on('consumer:heartbeat:end', () => this.#listener.alive());
    // The library rejoins by itself, once; if that fails it sends no more heartbeats.
    consumer.on('error', () => {
      this.#listener.rebalancing();
      this.#joinGroup().catch((error: unknown) => this.#listener.failed(error as Error));
    });
  }

  #joined(memberId: string, generationId: number, assignments: readonly GroupAssignment[]): void {
    const partitions = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const kept = this.#notified?.memberId === memberId;
    this.#notified = { memberId, generationId };
    // What the leader has just assigned; a member that is not the leader finds out later, and joins once more.
    void this.#countPartitions({ maxAgeMs: Number.MAX_SAFE_INTEGER }).then(
      (count) => (this.#partitions = count ?? this.#partitions),
    );
    this.#listener.joined(memberId, partitions);
    this.#reader.assign(partitions, kept);
  }

  /** Joins under its member id, if it has one; retries as long as the failure may be temporary. */
  async #joinGroup(): Promise<void> {
    this.#joining = this.#joinUntilDone();
    await this.#joining;
  }

  /** The library assigns the partitions that exist at a rebalance, and does not check again. */
  async #rejoinForNewPartitions(): Promise<void> {
    const notified = this.#notified;
    const count = await this.#countPartitions({ maxAgeMs: 0 });
    if (
      count === undefined ||
      count <= this.#partitions ||
      this.#left ||
      notified === undefined ||
      notified !== this.#notified
    )
      return;
    this.#partitions = count;
    this.#listener.rebalancing();
    await this.#joinGroup().catch((error: unknown) => this.#listener.failed(error as Error));
  }

  /** @returns undefined when the broker does not answer */
  async #countPartitions({ maxAgeMs }: { readonly maxAgeMs: number }): Promise<number | undefined> {
    try {
      const { topics } = await this.#consumer.metadata({ topics: [...this.#topics], metadataMaxAge: maxAgeMs });
      return [...topics.values()].reduce((sum, { partitionsCount }) => sum + partitionsCount, 0);
    } catch {
      return undefined;
    }
  }

  async #joinUntilDone(): Promise<void> {
    const backoff = new Backoff(REJOIN_DELAY_MS);
    while (!this.#left) {
      try {
        await this.#consumer.joinGroup({});
        return;
      } catch (error) {
        if (!isTemporary(error)) throw readable(error);
        await delay(backoff.nextMs());
      }
    }
  }

  async #quit(): Promise<void> {
    // It leaves before it is closed: closing alone would let it join once more.
    await new Promise<void>((resolve) => this.#consumer.leaveGroup(true, () => resolve()));
    await this.#consumer.close(true).catch(() => this.#consumer.connections.close());
  }
}
