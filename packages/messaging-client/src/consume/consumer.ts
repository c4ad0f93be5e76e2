import { setTimeout as delay } from 'node:timers/promises';
import { checkDefinitions } from '../check-definitions.ts';
import { deadTopicOf } from '../dead-topic.ts';
import { MessagingError } from '../errors.ts';
import type { TopicDefinition } from '../event-definition.ts';
import type { EventHandler } from '../handler/event-handler.ts';
import type { ConnectKafka, PartitionPlace, RecordBatch } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { COMMIT_INTERVAL_MS, DRAIN_MS_MAX, LEAVE_MS_MAX, PARKED_AGE_MS_MAX } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { groupOf } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import { ParkedWatch } from '../parking/parked-watch.ts';
import { consumerRetention } from '../retention/messaging-retention.ts';
import { TableCleanup } from '../retention/table-cleanup.ts';
import { AddedPartitions } from './added-partitions.ts';
import { GroupMembership } from './group-membership.ts';
import type { MembershipState } from './group-membership.ts';
import { ParkedLanes } from './parked-lanes.ts';
import { PartitionHolders } from './partition-holders.ts';
import { Partitions } from './partitions.ts';
import type { OnHandled, RecordHandling } from './record-handling.ts';
import { RecordIntake } from './record-intake.ts';
import { SetAsideBatches } from './set-aside-batches.ts';
import { SkippedRecords } from './skipped-records.ts';

/** Whether a consumer can handle records now, for a readiness probe. */
export interface ConsumerHealth {
  /** Member of its group and in contact with the broker. */
  readonly ready: boolean;
  readonly state: MembershipState;
  readonly detail: string | undefined;
  /** What an operator should look at although records are handled: a sentence each. */
  readonly warnings: readonly string[];
}

export interface ConsumerFigures {
  readonly state: MembershipState;
  /** Keys with records in flight. */
  readonly lanes: number;
  /** Records that were received and are neither finished nor parked. */
  readonly records: number;
  /** Handlers with an outside effect that are running. */
  readonly outsideEffects: number;
}

/**
 * The consumer of a group, from its start to its stop: it joins the group, puts what is fetched into lanes, and commits what
 * is finished. What happens to a record in its lane is in `pipeline.ts`.
 *
 * Heartbeats never wait for a handler. At the bound on records in flight the next fetch waits, and the backlog stays in the
 * broker. No error reaches the driver: the lanes keep a record until it has an outcome.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #connectKafka: ConnectKafka;
  readonly #handling: RecordHandling;
  readonly #parkedWatch: ParkedWatch;
  readonly #tableCleanup: TableCleanup;
  readonly #setAsideBatches: SetAsideBatches;
  readonly #events: MessageEvents;
  readonly #intake: RecordIntake;
  readonly #partitions: Partitions;
  readonly #addedPartitions: AddedPartitions;
  readonly #skipped: SkippedRecords;
  readonly #parkedLanes: ParkedLanes;
  /** How long records of each event may wait; '' are those that are not events. */
  readonly #parkedAges = new Map([['', PARKED_AGE_MS_MAX]]);
  #topics: ReadonlyMap<string, TopicDefinition> = new Map();
  #membership: GroupMembership | undefined;
  #isClosing = false;
  #closed: Promise<number> | undefined;
  #detail: string | undefined;
  #commitTimer: NodeJS.Timeout | undefined;

  constructor(
    options: ConsumerOptions,
    connectKafka: ConnectKafka,
    handling: RecordHandling,
    holders: PartitionHolders,
    parkedRecords: ParkedRecords,
    parkedWatch: ParkedWatch,
    tableCleanup: TableCleanup,
    setAsideBatches: SetAsideBatches,
    events: MessageEvents,
  ) {
    this.#options = options;
    this.#connectKafka = connectKafka;
    this.#handling = handling;
    this.#parkedWatch = parkedWatch;
    this.#tableCleanup = tableCleanup;
    this.#setAsideBatches = setAsideBatches;
    this.#events = events;
    this.#intake = new RecordIntake(handling, setAsideBatches);
    this.#partitions = new Partitions(groupOf(options), holders, parkedRecords, events);
    this.#skipped = new SkippedRecords(events);
    this.#addedPartitions = new AddedPartitions(events);
    this.#parkedLanes = new ParkedLanes({
      records: parkedRecords,
      held: () => this.#partitions.all,
      lanes: this.#intake.lanes,
      attempt: (delivery) => handling.attempt(delivery),
      expire: (delivery) => handling.expire(delivery),
      watch: parkedWatch,
      ages: () => this.#parkedAges,
    });
  }

  get group(): string {
    return groupOf(this.#options);
  }

  get membership(): GroupMembership | undefined {
    return this.#membership;
  }

  /** Those that it consumes, once it has started. */
  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** @throws HANDLER_TWICE, DEFINITION_INVALID */
  addHandler(handler: EventHandler): void {
    const { event, parkedAgeMaxMs } = handler;
    if (this.#handling.handlers.has(event.name)) {
      throw new MessagingError(
        'HANDLER_TWICE',
        `${event.name} has two handlers in the group ${groupOf(this.#options)}; a retry would run both again`,
      );
    }
    checkDefinitions(this.#options.service, [event]);
    this.#handling.add(handler);
    this.#parkedAges.set(event.name, parkedAgeMaxMs);
  }

  /** Returns at once: an unavailable broker must not keep the service from starting. */
  start(changed: (state: MembershipState) => void): void {
    const { handlers } = this.#handling;
    const topics = new Map([...handlers.values()].map(({ event: { topic } }) => [topic.name, topic]));
    this.#topics = topics;
    // It may be stopped before it has started, as while the database is waited for.
    if (topics.size === 0 || this.#isClosing) return;
    const { service, kafka: settings } = this.#options;
    const group = groupOf(this.#options);
    const kafka = this.#connectKafka(settings, group);
    const membership = new GroupMembership(kafka, group, [...topics.keys()], {
      // With the topics on which dead letters are announced: the relay must not wait for one when the time has come.
      prepare: () =>
        ensureTopics(
          kafka,
          [...topics.values()].flatMap((topic) => [topic, deadTopicOf(topic.name, service)]),
          settings.replicationFactor ?? -1,
        ),
      received: (batch) => this.#take(batch),
      skipped: (offsets) => this.#skipped.add(offsets, this.#partitions.nextOffset(offsets)),
      hasRoom: (millisecondsMax) => this.#intake.hasRoom(millisecondsMax),
      assigned: (partitions, kept) => this.#assign(partitions, kept),
      changed: (state, detail) => {
        // While it connects again, the reason is worth more than that it does.
        if (state !== 'connecting') this.#detail = detail;
        changed(state);
        this.#events.emit('consumer.state', { state, detail });
      },
    });
    this.#membership = membership;
    membership.start();
    this.#parkedLanes.start();
    this.#tableCleanup.add(
      ...consumerRetention([...handlers].map(([handler, { keepInboxMs: keptMs }]) => ({ group, handler, keptMs }))),
    );
    this.#commitTimer = setInterval(() => this.#partitions.commitSoon(membership), COMMIT_INTERVAL_MS);
  }

  /**
   * Drains what is in flight, commits it, leaves the group. Before it has started: it will not start.
   * @returns how many handlers were still running when DRAIN_MS_MAX was over; their records come again
   */
  stop(): Promise<number> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  async #stop(): Promise<number> {
    this.#isClosing = true;
    if (this.#membership === undefined) return 0;
    this.#intake.close();
    this.#parkedLanes.stop();
    this.#handling.close();
    this.#partitions.stop();
    const unfinished = await this.#intake.lanes.drain(DRAIN_MS_MAX);
    if (unfinished > 0) this.#events.emit('consumer.drain-timed-out', { handlers: unfinished, afterMs: DRAIN_MS_MAX });
    // What still runs would keep its connection, and the pool could not be closed.
    this.#handling.endAll();
    clearInterval(this.#commitTimer);
    // At the same time, so that a stop needs no longer than the sum of three bounds: drain, last commit, farewell.
    await atMost(
      LEAVE_MS_MAX,
      Promise.all([this.#partitions.release(this.#partitions.all), this.#partitions.commitLast(this.#membership)]),
    );
    await atMost(LEAVE_MS_MAX, this.#membership.stop());
    return unfinished;
  }

  /** As `record.handled`, for one who counts: called directly, without an object for each record. */
  onHandled(listener: OnHandled): void {
    this.#handling.onHandled = listener;
  }

  /** What it handles now. */
  figures(): ConsumerFigures {
    const { lanes } = this.#intake;
    return {
      state: this.#membership?.state ?? 'stopped',
      lanes: lanes.count,
      records: lanes.size,
      outsideEffects: this.#handling.outsideEffects,
    };
  }

  /** Those that this service has a handler of, by name. */
  get events(): string[] {
    return [...this.#handling.handlers.keys()];
  }

  handles(event: string): boolean {
    return this.#handling.handlers.has(event);
  }

  health(): ConsumerHealth {
    const state = this.#membership?.state ?? 'stopped';
    return {
      ready: state === 'running' || state === 'rebalancing',
      state,
      detail: this.#detail,
      warnings: [
        ...this.#skipped.warnings(),
        ...this.#addedPartitions.warnings(),
        ...this.#handling.warnings(),
        ...this.#parkedWatch.warnings,
        ...this.#setAsideBatches.warnings,
        ...this.#tableCleanup.warnings(),
      ],
    };
  }

  #assign(partitions: readonly PartitionPlace[], kept: boolean): void {
    this.#partitions.assign(partitions, kept);
    this.#intake.abandon((name) => !this.#partitions.has(name));
    this.#addedPartitions.look(this.#topics.values(), partitions);
  }

  #take(batch: RecordBatch): void {
    const held = this.#partitions.of(batch);
    if (held !== undefined && !this.#isClosing) this.#intake.take(held, batch);
  }
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const end = new AbortController();
  const timeUp = delay(milliseconds, undefined, { signal: end.signal }).catch(() => undefined);
  await Promise.race([work, timeUp]);
  end.abort();
}
