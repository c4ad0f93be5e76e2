import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Backoff } from '../backoff.ts';
import type { DatabaseSession } from '../database-session.ts';
import type { TopicDefinition } from '../event-definition.ts';
import type { MessagingError } from '../errors.ts';
import type { ConnectKafka } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { RecordPublisher } from '../kafka/publish-records.ts';
import { RecordsRefused } from '../kafka/records-refused.ts';
import type { Refusal } from '../kafka/records-refused.ts';
import { refusedByBroker } from '../kafka/refused-by-broker.ts';
import {
  PUBLISHED_ROWS_CLEANUP_MS,
  RECONNECT_DELAY_MS,
  REFUSED_ROW_RETRY_MS,
  RELAY_HELD_BACK_POLL_MS,
  RELAY_POLL_MS,
} from '../limits.ts';
import { CONNECT_KAFKA, MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { Presence } from '../presence.ts';
import { forgetPublished, markOutboxPublished } from './mark-outbox-published.ts';
import type { OutboxRow } from './outbox-row.ts';
import { readOutbox } from './read-outbox.ts';
import { RefusedRows } from './refused-rows.ts';
import { ShardLeases } from './shard-leases.ts';
import { Wakeup } from './wakeup.ts';

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
  readonly #topics: ReadonlyMap<string, TopicDefinition>;
  readonly #ensureTopics: () => Promise<void>;
  readonly #dataSource: DataSource;
  readonly #presence: Presence;
  readonly #events: MessageEvents;
  readonly #leases = new ShardLeases();
  readonly #refused = new RefusedRows();
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  readonly #awake = new Wakeup();
  #running: Promise<void> | undefined;
  #stopping = false;
  #shardsHeld = -1;
  #topicsEnsured = false;
  #refusal: MessagingError | undefined;
  #cleanedUpAt = 0;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    @Inject(CONNECT_KAFKA) connectKafka: ConnectKafka,
    dataSource: DataSource,
    presence: Presence,
    events: MessageEvents,
  ) {
    const kafka = connectKafka(options.kafka, `${options.service}-relay`);
    this.#topics = new Map(options.publishes.map(({ topic }) => [topic.name, topic]));
    this.#publisher = new RecordPublisher(kafka, (topic) => this.#topics.get(topic)?.partitions);
    this.#ensureTopics = () => ensureTopics(kafka, [...this.#topics.values()], options.kafka.replicationFactor ?? -1);
    this.#dataSource = dataSource;
    this.#presence = presence;
    this.#events = events;
  }

  /** A broker that is away is waited for, and nobody else need wait; one that refuses us needs somebody to look. */
  health(): { readonly ready: boolean; readonly detail: string | undefined } {
    return { ready: this.#refusal === undefined, detail: this.#refusal?.message };
  }

  onApplicationBootstrap(): void {
    this.#presence.on('notification', () => this.#awake.now());
    this.#presence.on('connected', () => this.#awake.now());
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
      const session = this.#presence.session;
      // The tables are there when the DataSource is: migrations come first.
      const ready = session !== undefined && this.#dataSource.isInitialized;
      if (!ready) await this.#warmUp();
      await this.#awake.within(ready ? await this.#relayOnce(session) : RELAY_POLL_MS);
    }
  }

  /** Makes topics and connection before a row needs them, and finds out whether the broker lets us in. */
  async #warmUp(): Promise<void> {
    if (this.#topicsEnsured) return;
    try {
      await this.#ensureTopicsOnce();
      await this.#publisher.connect();
      this.#refusal = undefined;
    } catch (error) {
      this.#topicsEnsured = false;
      this.#noteRefusal(error);
    }
  }

  #noteRefusal(error: unknown): void {
    const before = this.#refusal;
    this.#refusal = refusedByBroker(error);
    if (this.#refusal === undefined || this.#refusal.message === before?.message) return;
    this.#events.emit('broker.refused', { error: this.#refusal });
  }

  async #ensureTopicsOnce(): Promise<void> {
    if (!this.#topicsEnsured) await this.#ensureTopics();
    this.#topicsEnsured = true;
  }

  /**
   * Relays one batch and tells how many milliseconds to wait for the next look. What is committed after this look is
   * notified after it, so there is nothing to look for until then, unless the batch was full.
   */
  async #relayOnce(session: DatabaseSession): Promise<number> {
    let rows: OutboxRow[] = [];
    try {
      // A notification that arrives from here on must not be lost: its row may be missing in this batch.
      this.#awake.reset();
      const shards = await this.#leases.hold(session);
      this.#tellShards(shards.length);
      await this.#cleanUp(session);
      const batch = await readOutbox(session, shards, this.#refused.leftOut);
      rows = batch.rows;
      if (rows.length === 0) {
        await this.#warmUp();
      } else {
        await this.#ensureTopicsOnce();
        await this.#publish(session, rows);
        this.#backoff.reset();
        this.#refusal = undefined;
      }
      if (batch.isFull) return 0;
      return batch.someoneAppends ? RELAY_HELD_BACK_POLL_MS : RELAY_POLL_MS;
    } catch (error) {
      this.#topicsEnsured = false;
      this.#noteRefusal(error);
      const retryInMs = this.#backoff.nextMs();
      this.#events.emit('outbox.failed', { rows: rows.length, error: error as Error, retryInMs });
      // New rows must not turn the wait for the broker into a busy loop.
      await this.#awake.stopOrTimeout(retryInMs, () => this.#stopping);
      return 0;
    }
  }

  /** All at once; and where the broker refuses something among them, by halves until it is found and left out. */
  async #publish(session: DatabaseSession, batch: readonly OutboxRow[]): Promise<void> {
    const rows = batch.filter((row) => !this.#refused.has(row));
    if (rows.length === 0) return;
    const startedAt = performance.now();
    try {
      const sent = await this.#publisher.publish(rows);
      await markOutboxPublished(session, sent);
      this.#events.emit('outbox.published', { rows: rows.length, milliseconds: performance.now() - startedAt });
    } catch (error) {
      if (!(error instanceof RecordsRefused)) throw error;
      const { refusal } = error;
      // Topics of our own are made when they are missing; a broker that says otherwise has not caught up yet.
      if (refusal === 'topic' && rows.every(({ topic }) => this.#topics.has(topic))) throw error;
      if (rows.length === 1) {
        this.#leaveOut(rows[0]!, refusal, error);
      } else {
        const half = Math.ceil(rows.length / 2);
        await this.#publish(session, rows.slice(0, half));
        await this.#publish(session, rows.slice(half));
      }
    }
  }

  #leaveOut(row: OutboxRow, refusal: Refusal, error: Error): void {
    this.#refused.leaveOut(row, refusal);
    const { seq, topic, type, id } = row;
    const retryInMs = REFUSED_ROW_RETRY_MS;
    this.#events.emit('outbox.refused', { seq, topic, event: type, eventId: id, error, retryInMs });
  }

  #tellShards(held: number): void {
    if (held === this.#shardsHeld) return;
    this.#shardsHeld = held;
    this.#events.emit('relay.shards', { held });
  }

  async #cleanUp(session: DatabaseSession): Promise<void> {
    if (performance.now() - this.#cleanedUpAt < PUBLISHED_ROWS_CLEANUP_MS) return;
    const more = await forgetPublished(session);
    if (!more) this.#cleanedUpAt = performance.now();
  }
}
