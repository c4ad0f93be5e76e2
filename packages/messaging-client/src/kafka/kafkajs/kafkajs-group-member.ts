import { setTimeout as delay } from 'node:timers/promises';
import { PartitionAssigners } from 'kafkajs';
import type { Consumer, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs';
import {
  FETCH_BYTES_PER_PARTITION_MAX,
  FETCH_WAIT_MS,
  HEARTBEAT_INTERVAL_MS,
  JOIN_AWAITED_MS_MAX,
  METADATA_AGE_MAX_MS,
  REBALANCE_TIMEOUT_MS,
  SESSION_TIMEOUT_MS,
} from '../../limits.ts';
import type { GroupListener, GroupMember, PartitionPlace } from '../driver.ts';
import { decodeRecordSet } from '../record-set/decode-record-set.ts';
import { fetchRecordSets, recordSetOf } from './fetch-record-sets.ts';
import type { ConsumerCluster } from './fetch-record-sets.ts';
import { endWatchOutOfRange, watchOutOfRange } from './watch-out-of-range.ts';

const KEEP_TRYING = {
  retries: Number.MAX_SAFE_INTEGER,
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  restartOnFailure: async () => false,
} as const;

export class KafkajsGroupMember implements GroupMember {
  readonly #consumer: Consumer;
  readonly #topics: readonly string[];
  readonly #listener: GroupListener;
  #left = false;
  #memberId: string | undefined;
  #joining: Promise<void> | undefined;
  /**
   * Commits once, under the generation of the batch it came with. The consumer's own commitOffsets retries for ever, and after a
   * rebalance continues with old offsets under the new generation.
   */
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;

  constructor(kafka: Kafka, groupId: string, topics: readonly string[], listener: GroupListener) {
    this.#topics = topics;
    this.#listener = listener;
    this.#consumer = kafka.consumer({
      groupId,
      partitionAssigners: [assignerUnless(() => this.#left)],
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION_MAX,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_AGE_MAX_MS,
      retry: KEEP_TRYING,
    });
    this.#listen();
  }

  async join(): Promise<void> {
    const consumer = this.#consumer;
    await consumer.connect();
    // If leave() was called while it connected, it must not become a member without a listener.
    if (this.#left) return consumer.disconnect();
    await consumer.subscribe({ topics: [...this.#topics], fromBeginning: true });
    if (this.#left) return consumer.disconnect();
    this.#joining = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (!this.#left) await this.#receive(payload);
      },
    });
    return this.#joining;
  }

  async commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void> {
    if (this.#commitOnce === undefined) throw new Error('not a member of the group now');
    const topics = new Map<string, { topic: string; partitions: Array<{ partition: number; offset: string }> }>();
    for (const { topic, partition, offset } of offsets) {
      const entry = topics.get(topic) ?? { topic, partitions: [] };
      entry.partitions.push({ partition, offset });
      topics.set(topic, entry);
    }
    await this.#commitOnce({ topics: [...topics.values()] });
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#commitOnce = undefined;
    const joining = this.#joining?.catch(() => undefined);
    // kafkajs loses track of a consumer that is stopped while it joins, and cannot make it leave any more.
    await Promise.race([joining, delay(JOIN_AWAITED_MS_MAX, undefined, { ref: false })]);
    await this.#consumer.disconnect();
    endWatchOutOfRange(this.#memberId);
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, CRASH, HEARTBEAT } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
      this.#commitOnce = undefined;
      endWatchOutOfRange(this.#memberId);
      this.#memberId = memberId;
      watchOutOfRange(memberId, (offsets) => this.#listener.skipped(offsets));
      const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      this.#listener.joined(memberId, partitions);
    });
    this.#consumer.on(REBALANCING, () => {
      this.#commitOnce = undefined;
      this.#listener.rebalancing();
    });
    this.#consumer.on(CRASH, ({ payload }) => this.#listener.failed(payload.error));
    // A fetch does not prove that the broker answers: kafkajs reports a failed one as empty.
    this.#consumer.on(HEARTBEAT, () => this.#listener.alive());
  }

  /** The backlog stays in the broker: the next fetch waits until there is room, and heartbeats continue meanwhile. */
  async #receive({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    this.#listener.alive();
    this.#commitOnce = commitOffsetsIfNecessary;
    const { topic, partition } = batch;
    const { fetched, fromOffset } = recordSetOf(batch);
    for (const { lastOffset, ...decoded } of decodeRecordSet(fetched, fromOffset)) {
      if (this.#left) return;
      this.#listener.received({ topic, partition, ...decoded, lastOffset: String(lastOffset) });
      resolveOffset(String(lastOffset));
      // kafkajs sends heartbeats by itself only after an empty fetch, and with a backlog none is empty.
      await heartbeat();
      while (!this.#left && !(await this.#listener.hasRoom(HEARTBEAT_INTERVAL_MS))) await heartbeat();
    }
  }
}

/**
 * kafkajs's round robin, which is also where the consumer's cluster is accessible.
 *
 * A consumer that was disconnected while it joined connects again, joins all the same, and holds partitions without reading them, for
 * ever. kafkajs calls its assigner at every attempt to join, and an error there ends it.
 */
function assignerUnless(hasLeft: () => boolean): PartitionAssigner {
  return (config) => {
    fetchRecordSets(config.cluster as unknown as ConsumerCluster);
    const roundRobin = PartitionAssigners.roundRobin(config);
    return {
      ...roundRobin,
      protocol: (subscription) => {
        if (hasLeft()) throw new Error('this member has left');
        return roundRobin.protocol(subscription);
      },
    };
  };
}
