import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InstanceLock } from '../database/instance-lock.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { EventHandler } from '../handler/event-handler.ts';
import type { ConnectKafka } from '../kafka/driver.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { PayloadDrift } from '../observe/payload-drift.ts';
import { CONNECT_KAFKA, groupOfHandler, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import { ParkedWatch } from '../parking/parked-watch.ts';
import { TableCleanup } from '../retention/table-cleanup.ts';
import { Consumer } from './consumer.ts';
import type { ConsumerFigures, ConsumerHealth } from './consumer.ts';
import type { MembershipState } from './group-membership.ts';
import { HandlerPlaces } from './handler-places.ts';
import { PartitionHolders } from './partition-holders.ts';
import { RecordHandling } from './record-handling.ts';
import type { OnHandled } from './record-handling.ts';
import { SetAsideBatches } from './set-aside-batches.ts';

/**
 * The consumers of a service: one for its handlers without a name, whose group is the service's, and one for each name of a
 * handler, whose group is `<service>.<name>`. So each has its own position, inbox rows, retries, parked records and dead
 * letters, and one that fails neither holds another up nor makes it run again.
 *
 * They share the connections to the database: `HandlerPlaces` bounds what all of them run at once.
 */
@Injectable()
export class Consumers {
  readonly #service: string;
  readonly #unnamed: Consumer;
  readonly #named = new Map<string, Consumer>();
  readonly #newConsumer: (group: string) => Consumer;
  #onHandled: OnHandled | undefined;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    @Inject(CONNECT_KAFKA) connectKafka: ConnectKafka,
    dataSource: DataSource,
    instanceLock: InstanceLock,
    events: MessageEvents,
    drift: PayloadDrift,
    places: HandlerPlaces,
    tableCleanup: TableCleanup,
  ) {
    this.#newConsumer = (group) => {
      const own = { ...options, group };
      const deadLetters = new DeadLetters(own, dataSource);
      const parkedRecords = new ParkedRecords(own, dataSource);
      return new Consumer(
        own,
        connectKafka,
        new RecordHandling(own, dataSource, deadLetters, parkedRecords, instanceLock, events, drift, places),
        new PartitionHolders(own, dataSource, instanceLock),
        parkedRecords,
        new ParkedWatch(own, dataSource, events),
        tableCleanup,
        new SetAsideBatches(deadLetters, events),
        events,
      );
    };
    this.#unnamed = this.#newConsumer(options.service);
    this.#service = options.service;
  }

  /** @throws HANDLER_TWICE, DEFINITION_INVALID */
  addHandler(handler: EventHandler): void {
    this.#of(handler.name).addHandler(handler);
  }

  /** Returns at once: an unavailable broker must not keep the service from starting. */
  start(changed: (state: MembershipState) => void): void {
    for (const consumer of this.all) consumer.start(() => changed(this.figures().state));
  }

  /** @returns how many handlers were still running when DRAIN_MS_MAX was over; their records come again */
  async stop(): Promise<number> {
    const unfinished = await Promise.all([this.#unnamed, ...this.#named.values()].map(async (one) => one.stop()));
    return unfinished.reduce((sum, handlers) => sum + handlers, 0);
  }

  /** Those with handlers; without any handler, the one that could have some. */
  get all(): Consumer[] {
    const all = [this.#unnamed, ...this.#named.values()].filter(({ events }) => events.length > 0);
    return all.length > 0 ? all : [this.#unnamed];
  }

  /** The events that have a handler. */
  get events(): string[] {
    return [...new Set(this.all.flatMap(({ events }) => events))];
  }

  /** Those that are consumed, once it has started. */
  get topics(): string[] {
    return [...new Set(this.all.flatMap(({ topics }) => topics))];
  }

  handles(event: string): boolean {
    return this.all.some((consumer) => consumer.handles(event));
  }

  /** As `record.handled`, for one who counts: called directly, without an object for each record. */
  onHandled(listener: OnHandled): void {
    this.#onHandled = listener;
    for (const consumer of [this.#unnamed, ...this.#named.values()]) consumer.onHandled(listener);
  }

  figures(): ConsumerFigures {
    const all = this.all.map((consumer) => consumer.figures());
    const sumOf = (key: 'lanes' | 'records'): number => all.reduce((sum, figures) => sum + figures[key], 0);
    return {
      state: worstOf(all).state,
      lanes: sumOf('lanes'),
      records: sumOf('records'),
      // All consumers have the same places for them.
      outsideEffects: all[0]!.outsideEffects,
    };
  }

  health(): ConsumerHealth {
    const all = this.all.map((consumer) => consumer.health());
    const { ready, state, detail } = all.find((one) => !one.ready) ?? worstOf(all);
    return { ready, state, detail, warnings: [...new Set(all.flatMap(({ warnings }) => warnings))] };
  }

  #of(name: string | undefined): Consumer {
    if (name === undefined) return this.#unnamed;
    let consumer = this.#named.get(name);
    if (consumer === undefined) {
      consumer = this.#newConsumer(groupOfHandler(this.#service, name));
      if (this.#onHandled !== undefined) consumer.onHandled(this.#onHandled);
      this.#named.set(name, consumer);
    }
    return consumer;
  }
}

/** The first that does not run; the first of all when each does. */
function worstOf<Part extends { readonly state: MembershipState }>(parts: readonly Part[]): Part {
  return parts.find(({ state }) => state !== 'running') ?? parts[0]!;
}
