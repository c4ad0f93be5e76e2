import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Backoff, backoffMs } from '../backoff.ts';
import { checkDefinitions } from '../check-definitions.ts';
import { deadTopicOf } from '../dead-topic.ts';
import { SetAsideBatches } from './set-aside-batches.ts';
import { HEADER } from '../envelope/cloud-event-headers.ts';
import { MessagingError } from '../errors.ts';
import type { TopicDefinition } from '../event-definition.ts';
import type { ConnectKafka, FetchedRecord, PartitionPlace, RecordBatch, UndecodableBatch } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import {
  BYTES_IN_HAND_MAX,
  BYTES_IN_HAND_RESUME,
  COMMIT_INTERVAL_MS,
  DATABASE_RETRY_MS,
  DRAIN_MS_MAX,
  HANDLERS_AT_ONCE_MAX,
  LEAVE_MS_MAX,
  PARKED_AGE_MS_MAX,
  PARKED_KEYS_REMEMBERED_MAX,
  RECORDS_IN_HAND_MAX,
  RECORDS_IN_HAND_RESUME,
} from '../limits.ts';
import { CONNECT_KAFKA, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import { ParkedWatch } from '../parking/parked-watch.ts';
import type { PartitionRecord } from '../parking/parked-records.ts';
import { ParkedLanesAtWork } from './retry-parked-lanes.ts';
import { consumerRetention } from '../retention/messaging-retention.ts';
import { TableCleanup } from '../retention/table-cleanup.ts';
import { AddedPartitions } from './added-partitions.ts';
import { BatchCollector } from './collect-batch.ts';
import { GroupMembership } from './group-membership.ts';
import type { MembershipState } from './group-membership.ts';
import { HeldPartition, partitionName } from './held-partition.ts';
import { Lanes } from './lanes.ts';
import type { LaneBatch, LaneBatchOutcome, LaneOutcome } from './lanes.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import { PoisonGuard } from './poison-guard.ts';
import { CapacityGate } from './capacity-gate.ts';
import { RecordProcessor } from './process-record.ts';
import type { RetryState, EventHandler, ProcessOutcome } from './process-record.ts';
import { RecordJob } from './record-job.ts';
import type { RecordWork } from './record-job.ts';
import { SkippedRecords } from './skipped-records.ts';

export interface ConsumerHealth {
  /** Member of its group and hearing from the broker. */
  readonly ready: boolean;
  readonly state: MembershipState;
  readonly detail: string | undefined;
  /** What an operator should look at although records are handled: a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Nest's transport for `@OnEvent` handlers: from fetched batches to lanes, and from finished records to commits.
 *
 * Heartbeats never wait for a handler; at the bound on records in hand the next fetch waits, and the backlog stays in the
 * broker. No error reaches the driver: the lanes keep a record until it has an outcome.
 */
@Injectable()
export class KafkaConsumerStrategy extends Server implements CustomTransportStrategy {
  readonly #options: MessagingOptions;
  readonly #connectKafka: ConnectKafka;
  readonly #processor: RecordProcessor;
  readonly #parkedRecords: ParkedRecords;
  readonly #poisonGuard: PoisonGuard;
  readonly #tableCleanup: TableCleanup;
  readonly #setAsideBatches: SetAsideBatches;
  readonly #events: MessageEvents;
  readonly #handlers = new Map<string, EventHandler>();
  readonly #batches = new Map<string, BatchCollector<RecordJob>>();
  readonly #handlerOf = (event: string): EventHandler | undefined => this.#handlers.get(event);
  /** What a record in its lane asks of this, the same for all of them. */
  readonly #work: RecordWork = {
    run: (job) => this.#run(job),
    together: (job) => this.#batchOf(job),
    finished: () => this.#capacity.notify(),
  };
  readonly #holdings = new Map<string, HeldPartition>();
  readonly #addedPartitions: AddedPartitions;
  readonly #lanes = new Lanes(HANDLERS_AT_ONCE_MAX);
  readonly #skipped: SkippedRecords;
  readonly #parkedLanes: ParkedLanesAtWork;
  readonly #parkedWatch: ParkedWatch;
  /** How long records of each event may wait; '' are those that are no event. */
  readonly #parkedAges = new Map([['', PARKED_AGE_MS_MAX]]);
  #topics: ReadonlyMap<string, TopicDefinition> = new Map();
  #membership: GroupMembership | undefined;
  readonly #capacity = new CapacityGate(
    () => this.#lanes.size <= RECORDS_IN_HAND_RESUME && this.#lanes.bytes <= BYTES_IN_HAND_RESUME,
  );
  #closing = false;
  #closed: Promise<number> | undefined;
  #detail: string | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    @Inject(CONNECT_KAFKA) connectKafka: ConnectKafka,
    processor: RecordProcessor,
    parkedRecords: ParkedRecords,
    parkedWatch: ParkedWatch,
    poisonGuard: PoisonGuard,
    tableCleanup: TableCleanup,
    setAsideBatches: SetAsideBatches,
    events: MessageEvents,
  ) {
    super();
    this.#options = options;
    this.#connectKafka = connectKafka;
    this.#processor = processor;
    this.#parkedRecords = parkedRecords;
    this.#poisonGuard = poisonGuard;
    this.#tableCleanup = tableCleanup;
    this.#setAsideBatches = setAsideBatches;
    this.#events = events;
    this.#skipped = new SkippedRecords(events);
    this.#addedPartitions = new AddedPartitions(events);
    this.#parkedWatch = parkedWatch;
    this.#parkedLanes = new ParkedLanesAtWork({
      records: parkedRecords,
      held: () => [...this.#holdings.values()],
      lanes: this.#lanes,
      process: async (held, head, retry) => this.#processGuarded(held, head, head.attempts + 1, retry),
      expire: async (head, retry) => this.#processor.expire(head, this.#handlerOf, retry),
      watch: this.#parkedWatch,
      ages: () => this.#parkedAges,
    });
  }

  override addHandler(
    name: string,
    callback: MessageHandler,
    isEvent = false,
    extras: Record<string, unknown> = {},
  ): void {
    if (this.messageHandlers.has(name)) {
      throw new MessagingError(
        'HANDLER_TWICE',
        `${name} has two handlers in one service; a retry would run both again`,
      );
    }
    checkDefinitions(this.#options.service, [(extras['handler'] as HandlerExtras).event]);
    super.addHandler(name, callback, isEvent, extras);
    const handler: EventHandler = {
      ...(extras['handler'] as HandlerExtras),
      call: (payload, context) =>
        handler.batch === undefined ? call(callback, payload, context) : call(callback, [payload], [context]),
      callTogether: (payloads, contexts) => call(callback, payloads, contexts),
    };
    this.#handlers.set(name, handler);
    this.#parkedAges.set(name, handler.parkedAgeMaxMs);
    if (handler.batch !== undefined) {
      const batch = new BatchCollector<RecordJob>(handler.batch, async (lanes) =>
        this.#runTogether(handler, lanes).catch((error: unknown) =>
          lanes.map(() => ({ done: 0, ...this.#notOutcome(error) })),
        ),
      );
      this.#batches.set(name, batch);
    }
  }

  /** Returns at once: a broker that is away must not keep the service from starting. */
  listen(callback: () => void): void {
    const topics = new Map<string, TopicDefinition>();
    for (const { event } of this.#handlers.values()) topics.set(event.topic.name, event.topic);
    this.#topics = topics;
    // Told to stop before it began, as while the database was waited for.
    if (topics.size > 0 && !this.#closing) {
      const { service, kafka: settings } = this.#options;
      const kafka = this.#connectKafka(settings, service);
      this.#membership = new GroupMembership(kafka, service, [...topics.keys()], {
        // With the topics on which dead letters are announced: the relay must not wait for one when the time has come.
        prepare: () =>
          ensureTopics(
            kafka,
            [...topics.values()].flatMap((topic) => [topic, deadTopicOf(topic.name, service)]),
            settings.replicationFactor ?? -1,
          ),
        received: (batch) => this.#take(batch),
        skipped: (offsets) =>
          this.#skipped.add(offsets, this.#holdings.get(partitionName(offsets))?.progress.next ?? 0n),
        hasRoom: async (millisecondsMax) => !this.#isFull || this.#capacity.waitUpTo(millisecondsMax),
        assigned: (partitions, kept) => this.#hold(partitions, kept),
        changed: (state, detail) => this.#changed(state, detail),
      });
      this.#membership.start();
      this.#parkedLanes.start();
      this.#tableCleanup.add(
        ...consumerRetention(
          [...this.#handlers].map(([handler, { keepInboxMs: keptMs }]) => ({ group: service, handler, keptMs })),
        ),
      );
      this.#commitTimer = setInterval(() => this.#commitSoon(), COMMIT_INTERVAL_MS);
    }
    callback();
  }

  /**
   * Drains what is in flight, commits it, leaves the group. Before it listens: it will not begin to.
   * @returns how many handlers were still running when DRAIN_MS_MAX was over; their records come again
   */
  close(): Promise<number> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<number> {
    this.#closing = true;
    if (this.#membership === undefined) return 0;
    this.#capacity.release();
    this.#parkedLanes.stop();
    this.#processor.close();
    for (const held of this.#holdings.values()) held.close();
    const unfinished = await this.#lanes.drain(DRAIN_MS_MAX);
    if (unfinished > 0) this.#events.emit('consumer.drain-timed-out', { handlers: unfinished, afterMs: DRAIN_MS_MAX });
    // What still runs would keep its connection, and the pool could not be closed.
    this.#processor.endAll();
    clearInterval(this.#commitTimer);
    // Beside each other, so that a stop needs no longer than the sum of three bounds: drain, last commit, farewell.
    await atMost(
      LEAVE_MS_MAX,
      Promise.all([
        this.#giveBack([...this.#holdings.values()]),
        this.#committing?.then(async () => this.#commit()) ?? this.#commit(),
      ]),
    );
    await atMost(LEAVE_MS_MAX, this.#membership.stop());
    return unfinished;
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
        ...this.#processor.warnings(),
        ...this.#parkedWatch.warnings,
        ...this.#setAsideBatches.warnings,
        ...this.#tableCleanup.warnings(),
      ],
    };
  }

  on(): never {
    throw new Error('listen to MessageEvents instead');
  }

  unwrap<T>(): T {
    return this.#membership as T;
  }

  get #isFull(): boolean {
    return this.#lanes.size >= RECORDS_IN_HAND_MAX || this.#lanes.bytes >= BYTES_IN_HAND_MAX;
  }

  #take(batch: RecordBatch): void {
    const held = this.#heldOf(batch);
    if (held === undefined || this.#closing) return;
    for (const message of batch.records) this.#takeRecord(held, message);
    if (batch.undecodable !== undefined) this.#takeUndecodable(held, batch.undecodable);
    // Control records and compacted ones are not handed out, and still are to be passed.
    held.progress.take(BigInt(batch.lastOffset))?.();
  }

  #heldOf({ topic, partition, records, undecodable }: RecordBatch): HeldPartition | undefined {
    const held = this.#holdings.get(`${topic}/${partition}`);
    const offset = records[0]?.offset ?? undecodable?.firstOffset;
    if (held === undefined || offset === undefined || !held.progress.isBeforeCommitted(BigInt(offset))) {
      return held;
    }
    // The topic was deleted and made again, or the broker lost its data: its offsets mean other records now.
    this.logger.warn({ topic, partition, offset }, 'the topic began anew, reading it from its beginning');
    held.close();
    return this.#holdPartition({ topic, partition });
  }

  #takeRecord(held: HeldPartition, message: FetchedRecord): void {
    const finished = held.progress.take(BigInt(message.offset));
    if (finished === undefined) return;
    this.#lanes.add(held.laneOf(message.key), new RecordJob(held, message, this.#work, finished));
  }

  #takeUndecodable(held: HeldPartition, batch: UndecodableBatch): void {
    const finished = held.progress.take(BigInt(batch.lastOffset));
    if (finished === undefined) return;
    // A lane of its own: nothing is known to wait for it.
    this.#lanes.add(
      `batch at ${held.name}/${batch.firstOffset}`,
      this.#setAsideBatches.job(held, batch, () => {
        finished();
        this.#capacity.notify();
      }),
    );
  }

  async #run(job: RecordJob): Promise<LaneOutcome> {
    const { held, record, retry } = job;
    try {
      if (!held.isOpen) await held.opened;
      // Taken away while it waited: whoever has the partition now handles it.
      if (!this.#isHeld(held)) return { done: true };
      if (!held.isOpen) return { retryInMs: DATABASE_RETRY_MS.first };
      const isParked = held.remembersParked
        ? held.isParked(record.message.key)
        : await this.#parkedRecords.isParked(record).catch(() => undefined);
      // The database is unavailable.
      if (isParked === undefined) return { retryInMs: backoffMs(1, DATABASE_RETRY_MS) };
      job.attempt += 1;
      const outcome = isParked
        ? await this.#processor.parkBehind(record, job.attempt)
        : await this.#runInTurn(held, record, job.attempt, retry);
      if ('done' in outcome && outcome.laneParked === true) held.park(record.message.key);
      return outcome;
    } catch (error) {
      return this.#notOutcome(error);
    }
  }

  /** In every special case a record of a batch handler is run by itself, as a batch of one. */
  #batchOf({ held, record: { message }, retry }: RecordJob): LaneBatch | undefined {
    if (this.#batches.size === 0 || retry.alone === true) return undefined;
    if (!held.isOpen || !this.#isHeld(held) || held.isRecoveringFromCrash) return undefined;
    if (!held.remembersParked || held.isParked(message.key)) return undefined;
    const name = message.headers?.[HEADER.type];
    return name === undefined ? undefined : this.#batches.get(String(name));
  }

  async #runTogether(handler: EventHandler, lanes: ReadonlyArray<readonly RecordJob[]>): Promise<LaneBatchOutcome[]> {
    // Collecting takes a while: a partition may be gone by now.
    const kept = lanes.filter(([job]) => this.#isHeld(job!.held));
    for (const job of kept.flat()) job.attempt += 1;
    const results = await this.#processor.processTogether(kept, handler);
    for (const [index, jobs] of kept.entries()) {
      const { done, retryInMs, laneParked } = results[index]!;
      const { held, record } = jobs[0]!;
      if (laneParked === true) held.park(record.message.key);
      // Those behind it have not been tried.
      for (const job of jobs.slice(done + (retryInMs === undefined ? 0 : 1))) job.attempt -= 1;
    }
    return lanes.map((jobs) => results[kept.indexOf(jobs)] ?? { done: jobs.length });
  }

  /** A bug of ours, which must neither end the process nor lose the record. */
  #notOutcome(error: unknown): { retryInMs: number } {
    this.logger.error({ err: error }, 'a record could not be processed, it stays in its lane');
    return { retryInMs: DATABASE_RETRY_MS.max };
  }

  #isHeld(held: HeldPartition): boolean {
    return this.#holdings.get(held.name) === held;
  }

  #runInTurn(
    held: HeldPartition,
    record: PartitionRecord,
    attempt: number,
    retry: RetryState,
  ): Promise<ProcessOutcome> {
    if (held.isRecoveringFromCrash) return this.#runGuarded(held, record, attempt, retry);
    return this.#processor.process(record, this.#handlerOf, attempt, retry);
  }

  async #runGuarded(
    held: HeldPartition,
    record: PartitionRecord,
    attempt: number,
    retry: RetryState,
  ): Promise<ProcessOutcome> {
    const outcome = await this.#processGuarded(held, record, attempt, retry);
    if ('done' in outcome && retry.repeated !== true) held.countRecovered();
    return outcome;
  }

  async #processGuarded(
    held: HeldPartition,
    record: PartitionRecord,
    attempt: number,
    retry: RetryState,
  ): Promise<ProcessOutcome> {
    const { offset } = record.message;
    return this.#poisonGuard.run({
      place: held,
      offset,
      isSuspect: held.isSuspect(offset),
      handle: async () => this.#processor.process(record, this.#handlerOf, attempt, retry),
      giveUp: async (starts) => this.#processor.giveUpPoison(record, this.#handlerOf, starts, retry),
    });
  }

  #hold(partitions: readonly PartitionPlace[], kept: boolean): void {
    const assigned = new Map(partitions.map((place) => [partitionName(place), place]));
    const gone = [...this.#holdings.values()].filter(({ name }) => !kept || !assigned.has(name));
    for (const held of gone) {
      this.#holdings.delete(held.name);
      held.close();
    }
    void this.#giveBack(gone.filter(({ name }) => !assigned.has(name)));
    this.#lanes.abandon((name) => !this.#holdings.has(name));
    for (const [name, place] of assigned) if (!this.#holdings.has(name)) this.#holdPartition(place);
    this.#capacity.notify();
    this.#addedPartitions.look(this.#topics.values(), partitions);
  }

  #holdPartition(place: PartitionPlace): HeldPartition {
    const held = new HeldPartition(place);
    this.#holdings.set(held.name, held);
    void this.#open(held);
    return held;
  }

  /** Learns which lanes are parked, and whether the last holder crashed. Until then nothing of the partition is handled; without a database nothing could be. */
  async #open(held: HeldPartition): Promise<void> {
    const backoff = new Backoff(DATABASE_RETRY_MS);
    while (!held.isClosed) {
      try {
        const crash = await this.#poisonGuard.take(held);
        const { topic, partition } = held;
        held.open(await this.#parkedRecords.parkedKeys(topic, partition, PARKED_KEYS_REMEMBERED_MAX), crash);
        return;
      } catch {
        await delay(backoff.nextMs());
      }
    }
  }

  async #giveBack(partitions: readonly PartitionPlace[]): Promise<void> {
    try {
      await this.#poisonGuard.giveBack(partitions);
    } catch {
      // Whoever takes them next is careful without need.
    }
  }

  #changed(state: MembershipState, detail: string | undefined): void {
    // While it tries again, why it has to is worth more than that it does.
    if (state !== 'connecting') this.#detail = detail;
    this._status$.next(state);
    this.#events.emit('consumer.state', { state, detail });
  }

  #commitSoon(): void {
    this.#committing ??= this.#commit().finally(() => (this.#committing = undefined));
  }

  async #commit(): Promise<void> {
    const due = [...this.#holdings.values()].flatMap((held) => {
      const offset = held.progress.toCommit;
      return offset === undefined ? [] : [{ held, offset }];
    });
    if (due.length === 0) return;
    try {
      await this.#membership!.commit(
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

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const end = new AbortController();
  const timeUp = delay(milliseconds, undefined, { signal: end.signal }).catch(() => undefined);
  await Promise.race([work, timeUp]);
  end.abort();
}

async function call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
