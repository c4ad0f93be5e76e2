import { Inject, Injectable } from '@nestjs/common';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import type { Batch, KafkaMessage } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import { MessagingError } from '../errors.ts';
import type { TopicDefinition } from '../event-definition.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { connectKafka } from '../kafka/kafka-connection.ts';
import {
  COMMIT_INTERVAL_MS,
  DRAIN_MS_MAX,
  HANDLERS_AT_ONCE_MAX,
  RECORDS_IN_HAND_MAX,
  RECORDS_IN_HAND_RESUME,
} from '../limits.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { GroupMembership } from './group-membership.ts';
import type { MembershipState, PartitionPlace } from './group-membership.ts';
import { Lanes } from './lanes.ts';
import type { HandlerExtras } from './on-event.decorator.ts';
import { PartitionProgress } from './partition-progress.ts';
import { RecordProcessor } from './process-record.ts';
import type { EventHandler } from './process-record.ts';

export interface ConsumerHealth {
  /** Member of its group and hearing from the broker. */
  readonly ready: boolean;
  readonly state: MembershipState;
  readonly detail: string | undefined;
}

/** A partition that is ours now. One that was taken away and given back is another. */
interface Holding extends PartitionPlace {
  readonly name: string;
  readonly progress: PartitionProgress;
}

/**
 * Nest's transport for `@OnEvent` handlers: from fetched batches to lanes, and from finished records to commits.
 *
 * Fetching never waits for a handler, so heartbeats do not either; the bound on records in hand pauses the partitions
 * and leaves the backlog in the broker. No error reaches kafkajs: the lanes keep a record until it has an outcome.
 */
@Injectable()
export class KafkaConsumerStrategy extends Server implements CustomTransportStrategy {
  readonly #options: MessagingOptions;
  readonly #processor: RecordProcessor;
  readonly #events: MessageEvents;
  readonly #handlers = new Map<string, EventHandler>();
  readonly #holdings = new Map<string, Holding>();
  #lanes = new Lanes(HANDLERS_AT_ONCE_MAX);
  #membership: GroupMembership | undefined;
  #paused = false;
  #detail: string | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions, processor: RecordProcessor, events: MessageEvents) {
    super();
    this.#options = options;
    this.#processor = processor;
    this.#events = events;
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
    super.addHandler(name, callback, isEvent, extras);
    this.#handlers.set(name, {
      ...(extras['handler'] as HandlerExtras),
      call: (payload, context) => call(callback, payload, context),
    });
  }

  /** Returns at once: a broker that is away must not keep the service from starting. */
  listen(callback: () => void): void {
    const topics = new Map<string, TopicDefinition>();
    for (const { event } of this.#handlers.values()) topics.set(event.topic.name, event.topic);
    if (topics.size > 0) {
      const { service, kafka: settings } = this.#options;
      const kafka = connectKafka(settings.brokers, service);
      this.#membership = new GroupMembership(kafka, service, [...topics.keys()], {
        prepare: () => ensureTopics(kafka, [...topics.values()], settings.replicationFactor ?? 1),
        received: (batch) => this.#take(batch),
        assigned: (partitions, kept) => this.#hold(partitions, kept),
        changed: (state, detail) => this.#changed(state, detail),
      });
      this.#membership.start();
      this.#commitTimer = setInterval(() => this.#commitSoon(), COMMIT_INTERVAL_MS);
    }
    callback();
  }

  /** Drains what is at work, commits it, leaves the group. */
  async close(): Promise<void> {
    if (this.#membership === undefined) return;
    this.#pause();
    await this.#lanes.drain(DRAIN_MS_MAX);
    clearInterval(this.#commitTimer);
    await this.#committing;
    await this.#commit();
    await this.#membership.stop();
  }

  health(): ConsumerHealth {
    const state = this.#membership?.state ?? 'stopped';
    return { ready: state === 'running' || state === 'rebalancing', state, detail: this.#detail };
  }

  on(): never {
    throw new Error('listen to MessageEvents instead');
  }

  unwrap<T>(): T {
    return this.#membership as T;
  }

  #take(batch: Batch): void {
    const holding = this.#holdingOf(batch);
    if (holding === undefined) return;
    for (const message of batch.messages) this.#takeRecord(holding, message);
    // Control records and compacted ones are not handed out, and still are to be passed.
    holding.progress.take(BigInt(batch.lastOffset()))?.();
    if (this.#lanes.size >= RECORDS_IN_HAND_MAX) this.#pause();
  }

  #holdingOf({ topic, partition, messages }: Batch): Holding | undefined {
    const name = `${topic}/${partition}`;
    const holding = this.#holdings.get(name);
    const first = messages[0];
    if (holding === undefined || first === undefined || !holding.progress.isBeforeCommitted(BigInt(first.offset))) {
      return holding;
    }
    // The topic was deleted and made again, or the broker lost its data: its offsets mean other records now.
    this.logger.warn({ topic, partition, offset: first.offset }, 'the topic began anew, reading it from its beginning');
    const anew = { topic, partition, name, progress: new PartitionProgress() };
    this.#holdings.set(name, anew);
    return anew;
  }

  #takeRecord(holding: Holding, message: KafkaMessage): void {
    const finished = holding.progress.take(BigInt(message.offset));
    if (finished === undefined) return;
    const { topic, partition, name } = holding;
    let attempt = 0;
    this.#lanes.add(`${name}/${message.key?.toString('latin1') ?? ''}`, {
      owner: name,
      run: async () => {
        // Taken away while it waited: whoever has the partition now handles it.
        if (this.#holdings.get(name) !== holding) return { done: true };
        attempt += 1;
        return this.#processor.process({ topic, partition, message }, (event) => this.#handlers.get(event), attempt);
      },
      finished: () => {
        finished();
        if (this.#paused && this.#lanes.size <= RECORDS_IN_HAND_RESUME) this.#resume();
      },
    });
  }

  #hold(partitions: readonly PartitionPlace[], kept: boolean): void {
    this.#paused &&= kept;
    const assigned = new Map(partitions.map((place) => [`${place.topic}/${place.partition}`, place]));
    for (const name of this.#holdings.keys()) if (!kept || !assigned.has(name)) this.#holdings.delete(name);
    this.#lanes.abandon((name) => !this.#holdings.has(name));
    for (const [name, place] of assigned) {
      if (!this.#holdings.has(name)) this.#holdings.set(name, { ...place, name, progress: new PartitionProgress() });
    }
    if (this.#lanes.size <= RECORDS_IN_HAND_RESUME) this.#resume();
  }

  #changed(state: MembershipState, detail: string | undefined): void {
    this.#detail = detail;
    this._status$.next(state);
    this.#events.emit('consumer.state', { state, detail });
  }

  #pause(): void {
    this.#paused = true;
    this.#membership?.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#membership?.resume();
  }

  #commitSoon(): void {
    this.#committing ??= this.#commit().finally(() => (this.#committing = undefined));
  }

  async #commit(): Promise<void> {
    const due = [...this.#holdings.values()].flatMap((holding) => {
      const offset = holding.progress.toCommit;
      return offset === undefined ? [] : [{ holding, offset }];
    });
    if (due.length === 0) return;
    try {
      await this.#membership!.commit(
        due.map(({ holding: { topic, partition }, offset }) => ({ topic, partition, offset: String(offset) })),
      );
    } catch {
      // Not a member right now. What is finished stays finished, and the next commit says so.
      return;
    }
    for (const { holding, offset } of due) {
      holding.progress.committed(offset);
      const { topic, partition } = holding;
      this.#events.emit('consumer.committed', { topic, partition, offset: String(offset) });
    }
  }
}

async function call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
