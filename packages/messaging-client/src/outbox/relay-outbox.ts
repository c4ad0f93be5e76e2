import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Backoff } from '../backoff.ts';
import type { TopicDefinition } from '../event-definition.ts';
import { connectKafka } from '../kafka/kafka-connection.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { RecordPublisher } from '../kafka/publish-records.ts';
import { PUBLISHED_ROWS_CLEANUP_MS, RECONNECT_DELAY_MS, RELAY_HELD_BACK_POLL_MS, RELAY_POLL_MS } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { Presence } from '../presence.ts';
import { forgetPublished, markOutboxPublished } from './mark-outbox-published.ts';
import { readOutbox } from './read-outbox.ts';
import { ShardLeases } from './shard-leases.ts';

/**
 * Takes rows from the outbox to the broker: read → publish → mark, one batch after the other.
 *
 * It runs in every instance, each on the shards it holds. Reading and marking use the very session that holds their
 * locks, so an instance that has lost them cannot go on: at most the batch on its way is published a second time, in
 * the same order, and consumers recognise it.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #publisher: RecordPublisher;
  readonly #ensureTopics: () => Promise<void>;
  readonly #dataSource: DataSource;
  readonly #presence: Presence;
  readonly #events: MessageEvents;
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  #stopping = false;
  readonly #awake = new Wakeup();
  #running: Promise<void> | undefined;
  readonly #leases = new ShardLeases();
  #shardsHeld = -1;
  #topicsEnsured = false;
  #cleanedUpAt = 0;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    presence: Presence,
    events: MessageEvents,
  ) {
    const kafka = connectKafka(options.kafka.brokers, `${options.service}-relay`);
    const topics = new Map<string, TopicDefinition>(options.publishes.map(({ topic }) => [topic.name, topic]));
    this.#publisher = new RecordPublisher(kafka);
    this.#ensureTopics = () => ensureTopics(kafka, [...topics.values()], options.kafka.replicationFactor ?? 1);
    this.#dataSource = dataSource;
    this.#presence = presence;
    this.#events = events;
  }

  onApplicationBootstrap(): void {
    this.#presence.on('notification', () => this.#awake.now());
    this.#presence.on('connected', () => this.#awake.now());
    this.#presence.on('lost', () => this.#awake.now());
    this.#running = this.#run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    this.#awake.now();
    await this.#running;
    await this.#publisher.close();
  }

  async #run(): Promise<void> {
    await this.#warmUp();
    while (!this.#stopping) {
      const client = this.#presence.client;
      // The tables are there when the DataSource is: migrations come first.
      const ready = client !== undefined && this.#dataSource.isInitialized;
      await this.#awake.within(ready ? await this.#relayOnce(client) : RELAY_POLL_MS);
    }
  }

  /** Makes topics and connection before the first row needs them. A broker that is away is met again with the first row. */
  async #warmUp(): Promise<void> {
    try {
      await this.#ensureTopicsOnce();
      await this.#publisher.connect();
    } catch {
      this.#topicsEnsured = false;
    }
  }

  async #ensureTopicsOnce(): Promise<void> {
    if (!this.#topicsEnsured) await this.#ensureTopics();
    this.#topicsEnsured = true;
  }

  /** Relays one batch and tells how many milliseconds to wait for the next look; 0 when more may be there already. */
  async #relayOnce(client: Client): Promise<number> {
    let rowsInHand = 0;
    try {
      // A notification that arrives from here on must not be lost: its row may be missing in this batch.
      this.#awake.reset();
      const shards = await this.#leases.hold(client);
      this.#tellShards(shards.length);
      if (shards.length === 0) return RELAY_POLL_MS;
      const { rows, heldBack } = await readOutbox(client, shards);
      rowsInHand = rows.length;
      if (rows.length > 0) {
        const startedAt = performance.now();
        await this.#ensureTopicsOnce();
        const sent = await this.#publisher.publish(rows);
        await markOutboxPublished(client, sent);
        this.#backoff.reset();
        this.#events.emit('outbox.published', { rows: rows.length, milliseconds: performance.now() - startedAt });
        return 0;
      }
      await this.#cleanUp(client);
      return heldBack ? RELAY_HELD_BACK_POLL_MS : RELAY_POLL_MS;
    } catch (error) {
      this.#topicsEnsured = false;
      const retryInMs = this.#backoff.nextMs();
      this.#events.emit('outbox.failed', { rows: rowsInHand, error: error as Error, retryInMs });
      // New rows must not turn the wait for the broker into a busy loop.
      await this.#awake.stopOrTimeout(retryInMs, () => this.#stopping);
      return 0;
    }
  }

  #tellShards(held: number): void {
    if (held === this.#shardsHeld) return;
    this.#shardsHeld = held;
    this.#events.emit('relay.shards', { held });
  }

  async #cleanUp(client: Client): Promise<void> {
    if (performance.now() - this.#cleanedUpAt < PUBLISHED_ROWS_CLEANUP_MS) return;
    const more = await forgetPublished(client);
    if (!more) this.#cleanedUpAt = performance.now();
  }
}

/** A wait that can be cut short, and that remembers a call which came before it. */
class Wakeup {
  #called = false;
  #wake: (() => void) | undefined;

  now(): void {
    this.#called = true;
    this.#wake?.();
  }

  reset(): void {
    this.#called = false;
  }

  async within(milliseconds: number): Promise<void> {
    if (this.#called || milliseconds === 0) {
      this.#called = false;
      return;
    }
    await this.#sleep(milliseconds);
    this.#called = false;
  }

  /** Sleeps through calls unless `stopped` says that the reason for the call was the end. */
  async stopOrTimeout(milliseconds: number, stopped: () => boolean): Promise<void> {
    const until = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0 && !stopped(); left = until - performance.now()) await this.#sleep(left);
  }

  async #sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
