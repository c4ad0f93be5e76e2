import { setTimeout as delay } from 'node:timers/promises';
import { PartitionAssigners } from 'kafkajs';
import type { Batch, Consumer, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs';
import { Backoff } from '../backoff.ts';
import {
  CONSUMER_REPLACED_AFTER_MS,
  CONSUMER_SILENT_AFTER_MS,
  CONSUMER_WATCH_MS,
  FETCH_BYTES_PER_PARTITION_MAX,
  FETCH_WAIT_MS,
  HEARTBEAT_INTERVAL_MS,
  JOIN_AWAITED_MS_MAX,
  REBALANCE_TIMEOUT_MS,
  RECONNECT_DELAY_MS,
  SESSION_TIMEOUT_MS,
} from '../limits.ts';

export type MembershipState = 'connecting' | 'running' | 'rebalancing' | 'silent' | 'crashed' | 'stopped';

export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

export interface MembershipListener {
  /** Before the group is joined: whatever subscribing needs, such as the topics. May reject; it is tried again. */
  prepare(): Promise<void>;
  /** Records of one partition, in order. Must not wait for their handling. */
  received(batch: Batch): void;
  /** Whether more may be received; when not, it waits at most so many milliseconds for it. */
  hasRoom(millisecondsMax: number): Promise<boolean>;
  /** `kept`: the same member as before, so work in hand on partitions that stay is still ours. */
  assigned(partitions: readonly PartitionPlace[], kept: boolean): void;
  changed(state: MembershipState, detail: string | undefined): void;
}

/** For as long as the broker is away: a member that comes back under its old name need not be missed by the group. */
const KEEP_TRYING = {
  retries: Number.MAX_SAFE_INTEGER,
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  restartOnFailure: async () => false,
} as const;

/**
 * Membership of one consumer group through kafkajs, for as long as the service runs.
 *
 * kafkajs stops for good after an error it deems final, and restarts by itself after others; here every end, and also
 * silence, leads to a new consumer after a pause, and is told.
 */
export class GroupMembership {
  readonly #kafka: Kafka;
  readonly #groupId: string;
  readonly #topics: readonly string[];
  readonly #listener: MembershipListener;
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  #consumer: Consumer | undefined;
  #joining: Promise<void> | undefined;
  #memberId: string | undefined;
  /**
   * Commits once, under the generation of the batch it came with. The consumer's own commitOffsets tries for ever, and
   * after a rebalance goes on with old offsets under the new generation.
   */
  #commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #state: MembershipState = 'stopped';
  #stopped = true;
  #lastSignAt = 0;
  #watchdog: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(kafka: Kafka, groupId: string, topics: readonly string[], listener: MembershipListener) {
    this.#kafka = kafka;
    this.#groupId = groupId;
    this.#topics = topics;
    this.#listener = listener;
  }

  get state(): MembershipState {
    return this.#state;
  }

  start(): void {
    this.#stopped = false;
    this.#watchdog = setInterval(() => this.#watch(), CONSUMER_WATCH_MS);
    void this.#join();
  }

  /** Leaves the group, so that the others need not wait for the session to run out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    await this.#drop();
    this.#change('stopped');
  }

  /** @throws when the group is rebalancing or the broker is away; the same offsets may be committed again later */
  async commit(offsets: ReadonlyArray<PartitionPlace & { offset: string }>): Promise<void> {
    if (this.#state !== 'running' || this.#commitOnce === undefined) throw new Error('not a member of the group now');
    const topics = new Map<string, { topic: string; partitions: Array<{ partition: number; offset: string }> }>();
    for (const { topic, partition, offset } of offsets) {
      const entry = topics.get(topic) ?? { topic, partitions: [] };
      entry.partitions.push({ partition, offset });
      topics.set(topic, entry);
    }
    await this.#commitOnce({ topics: [...topics.values()] });
  }

  async #join(): Promise<void> {
    this.#change('connecting');
    try {
      await this.#listener.prepare();
      if (this.#stopped) return;
      // Stopped or replaced while it connects, it must not become a member that nobody listens to.
      const isDropped = (): boolean => this.#consumer !== consumer;
      const consumer = this.#createConsumer(isDropped);
      this.#consumer = consumer;
      await consumer.connect();
      if (isDropped()) return await consumer.disconnect();
      // From the beginning: a group that is new, or whose offset has expired, hears what is there instead of losing it.
      await consumer.subscribe({ topics: [...this.#topics], fromBeginning: true });
      if (isDropped()) return await consumer.disconnect();
      this.#sign();
      this.#joining = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          if (!isDropped()) await this.#receive(payload, isDropped);
        },
      });
      await this.#joining;
    } catch (error) {
      this.#joinLater((error as Error).message);
    }
  }

  /** The broker keeps the backlog: the next fetch waits until there is room, and heartbeats go on meanwhile. */
  async #receive(payload: EachBatchPayload, isDropped: () => boolean): Promise<void> {
    const { batch, resolveOffset, heartbeat, commitOffsetsIfNecessary } = payload;
    this.#sign();
    this.#commitOnce = commitOffsetsIfNecessary;
    this.#listener.received(batch);
    resolveOffset(batch.lastOffset());
    // kafkajs beats by itself only when a fetch came back empty, which a backlog never does.
    await heartbeat();
    while (!isDropped() && !(await this.#listener.hasRoom(HEARTBEAT_INTERVAL_MS))) await heartbeat();
  }

  #createConsumer(isDropped: () => boolean): Consumer {
    const consumer = this.#kafka.consumer({
      groupId: this.#groupId,
      partitionAssigners: [roundRobinUnless(isDropped)],
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION_MAX,
      allowAutoTopicCreation: false,
      retry: KEEP_TRYING,
    });
    const { GROUP_JOIN, REBALANCING, CRASH, HEARTBEAT } = consumer.events;
    const ifCurrent =
      <Event>(react: (event: Event) => void) =>
      (event: Event) => {
        if (this.#consumer === consumer) react(event);
      };
    consumer.on(
      GROUP_JOIN,
      ifCurrent(({ payload }) => this.#joined(payload.memberId, payload.memberAssignment)),
    );
    consumer.on(
      REBALANCING,
      ifCurrent(() => {
        this.#commitOnce = undefined;
        this.#change('rebalancing');
      }),
    );
    consumer.on(
      CRASH,
      ifCurrent(({ payload }) => this.#joinLater(payload.error.message)),
    );
    consumer.on(
      HEARTBEAT,
      ifCurrent(() => this.#sign()),
    );
    return consumer;
  }

  #joined(memberId: string, assignment: Record<string, number[]>): void {
    const kept = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#commitOnce = undefined;
    this.#backoff.reset();
    this.#sign();
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    this.#listener.assigned(partitions, kept);
    this.#change('running');
  }

  /** The broker has answered. A fetch is no such sign: kafkajs calls one that failed empty. */
  #sign(): void {
    this.#lastSignAt = performance.now();
    if (this.#state === 'silent') this.#change('running');
  }

  #watch(): void {
    const silentMs = performance.now() - this.#lastSignAt;
    if (this.#state === 'running' && silentMs > CONSUMER_SILENT_AFTER_MS) {
      this.#change('silent', `the broker has not answered for ${CONSUMER_SILENT_AFTER_MS} ms`);
    }
    if ((this.#state === 'silent' || this.#state === 'rebalancing') && silentMs > CONSUMER_REPLACED_AFTER_MS) {
      this.#joinLater(`no heartbeat for ${CONSUMER_REPLACED_AFTER_MS} ms`);
    }
  }

  #joinLater(detail: string): void {
    if (this.#stopped) return;
    this.#change('crashed', detail);
    void this.#drop();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#join(), this.#backoff.nextMs());
  }

  async #drop(): Promise<void> {
    const consumer = this.#consumer;
    const joining = this.#joining?.catch(() => undefined);
    this.#consumer = undefined;
    this.#joining = undefined;
    this.#memberId = undefined;
    this.#commitOnce = undefined;
    if (consumer === undefined) return;
    // kafkajs forgets a consumer that is told to stop while it joins, and cannot make it leave any more.
    await Promise.race([joining, delay(JOIN_AWAITED_MS_MAX, undefined, { ref: false })]);
    await consumer.disconnect().catch(() => undefined);
  }

  #change(state: MembershipState, detail?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.changed(state, detail);
  }
}

/**
 * A consumer that was disconnected while it joined connects again, joins all the same, and holds partitions of which it
 * hands out nothing, for ever. kafkajs asks its assigner at every attempt to join, which is where this ends it.
 */
function roundRobinUnless(isDropped: () => boolean): PartitionAssigner {
  return (config) => {
    const roundRobin = PartitionAssigners.roundRobin(config);
    return {
      ...roundRobin,
      protocol: (subscription) => {
        if (isDropped()) throw new Error('this consumer has been replaced or stopped');
        return roundRobin.protocol(subscription);
      },
    };
  };
}
