import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Backoff } from '../backoff.ts';
import type { DatabaseSession } from '../database/session.ts';
import type { TopicDefinition } from '../event-definition.ts';
import { BrokerLink } from '../kafka/broker-link.ts';
import type { BrokerConnection, BrokerHealth } from '../kafka/broker-link.ts';
import { checkBroker } from '../kafka/check-broker.ts';
import type { ConnectKafka } from '../kafka/driver.ts';
import { ensureTopics } from '../kafka/ensure-topics.ts';
import { RecordPublisher } from './publish-records.ts';
import { RecordsRejected } from '../kafka/records-rejected.ts';
import type { Rejected } from '../kafka/records-rejected.ts';
import {
  BROKER_CHECK_INTERVAL_MS,
  RECONNECT_DELAY_MS,
  REJECTED_ROW_RETRY_MS,
  RELAY_GIVES_UP_AFTER_MS,
  RELAY_HELD_BACK_POLL_MS,
  RELAY_POLL_MS,
  RELAY_REJOIN_DELAY_MS,
} from '../limits.ts';
import { CONNECT_KAFKA, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { DurationCounts } from '../observe/duration-counts.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { markOutboxPublished } from './mark-outbox-published.ts';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import { OUTBOX_RETRY, OUTBOX_SHARDS } from './outbox-table.ts';
import { OutboxReader } from './read-outbox.ts';
import { noteRejection, RejectedRows } from './rejected-rows.ts';
import { FIND_OPEN_TRANSACTIONS, OpenTransactionWatch } from './open-transactions.ts';
import type { OpenTransaction } from '../observe/open-transaction.ts';
import { inSendSpan } from './send-span.ts';
import { ShardLeases } from './shard-leases.ts';
import { Wakeup } from './wakeup.ts';

/**
 * Takes rows from the outbox to the broker: read → publish → mark, one batch after the other.
 *
 * It runs in every instance where it is not switched off, each on the shards it holds. Reading and marking use the very session that holds their
 * locks, so an instance that has lost them cannot go on: at most the batch in flight is published a second time, in
 * the same order, and consumers recognise it.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** For how long the rows that this instance has published had waited: from append to acknowledged and marked. */
  readonly delays = new DurationCounts();
  readonly #enabled: boolean;
  readonly #publisher: RecordPublisher;
  readonly #topics: ReadonlyMap<string, TopicDefinition>;
  readonly #ensureTopics: () => Promise<void>;
  readonly #checkBroker: () => Promise<void>;
  readonly #dataSource: DataSource;
  readonly #instanceLock: InstanceLock;
  readonly #events: MessageEvents;
  readonly #link: BrokerLink;
  readonly #leases: ShardLeases;
  readonly #reader = new OutboxReader();
  readonly #openTransactions: OpenTransactionWatch;
  readonly #rejected = new RejectedRows();
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  readonly #rejoin = new Backoff(RELAY_REJOIN_DELAY_MS);
  readonly #awake = new Wakeup();
  #running: Promise<void> | undefined;
  #stopping = false;
  #shardsHeld = -1;
  #isReached = false;
  #rejoinsAt = 0;
  #retryIsAsked = false;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    @Inject(CONNECT_KAFKA) connectKafka: ConnectKafka,
    dataSource: DataSource,
    instanceLock: InstanceLock,
    events: MessageEvents,
  ) {
    this.#enabled = options.relay?.enabled ?? true;
    const kafka = connectKafka(options.kafka, `${options.service}-relay`);
    this.#topics = new Map(options.publishes.map(({ topic }) => [topic.name, topic]));
    this.#link = new BrokerLink(events);
    this.#leases = new ShardLeases(instanceLock.id);
    this.#publisher = new RecordPublisher(kafka, this.#link, (topic) => this.#topics.get(topic)?.partitions);
    this.#ensureTopics = () => ensureTopics(kafka, [...this.#topics.values()], options.kafka.replicationFactor ?? -1);
    this.#checkBroker = () => checkBroker(kafka);
    this.#dataSource = dataSource;
    this.#instanceLock = instanceLock;
    this.#events = events;
    this.#openTransactions = new OpenTransactionWatch(events);
  }

  /** How this instance and the broker stand. */
  health(): BrokerHealth {
    if (!this.#enabled) return { ready: true, detail: 'the relay is off in this instance' };
    const { detail, ...health } = this.#link.health();
    return { ...health, detail: `${detail}; relays ${Math.max(0, this.#shardsHeld)} of ${OUTBOX_SHARDS} shards` };
  }

  /** How it and the broker stand; health() says it in words. */
  connection(): BrokerConnection {
    return this.#enabled ? this.#link.connection() : { state: 'off', since: null, error: null };
  }

  /** Called by Nest. */
  onApplicationBootstrap(): void {
    if (!this.#enabled) return;
    this.#instanceLock.on('notification', (_, payload) => {
      if (payload === OUTBOX_RETRY) this.#retryIsAsked = true;
      this.#awake.now();
    });
    this.#instanceLock.on('connected', () => this.#awake.now());
    this.#running = this.#run();
  }

  /** Called by Nest. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true;
    this.#link.stop();
    this.#awake.now();
    await this.#running;
    await this.#publisher.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const session = this.#instanceLock.session;
      // The tables are there when the DataSource is: migrations come first.
      const ready = session !== undefined && this.#dataSource.isInitialized;
      if (!ready) await this.#reachBroker().catch(() => undefined);
      await this.#awake.within(ready ? await this.#relayOnce(session) : RELAY_POLL_MS);
    }
  }

  /**
   * Makes topics and connection before a row needs them, and finds out whether the broker is there and lets us in; again after
   * a while in which nothing was sent, so that an operator learns of an outage before a row waits for its end.
   */
  async #reachBroker(): Promise<void> {
    if (this.#isReached) {
      if (this.#link.quietMs >= BROKER_CHECK_INTERVAL_MS) await this.#link.call(this.#checkBroker);
      return;
    }
    await this.#link.call(this.#ensureTopics);
    await this.#publisher.connect();
    this.#isReached = true;
  }

  /**
   * Relays one batch and returns how many milliseconds to wait for the next look. What is committed after this look is
   * notified after it, so there is nothing to look for until then, unless the batch was full.
   */
  async #relayOnce(session: DatabaseSession): Promise<number> {
    let rows: readonly OutboxRow[] = [];
    try {
      // A notification that arrives from here on must not be lost: its row may be missing in this batch.
      this.#awake.reset();
      if (this.#retryIsAsked) this.#rejected.forget();
      this.#retryIsAsked = false;
      await this.#reachBroker();
      if (!(await this.#hasShare(session))) return RELAY_POLL_MS;
      const shards = await this.#leases.hold(session);
      this.#reportShards(shards.length);
      const batch = await this.#reader.read(session, shards, this.#rejected.leftOut);
      rows = batch.rows;
      if (rows.length > 0) await this.#publish(session, rows);
      this.#reader.isPublished(batch, (shard) => this.#rejected.holdUp(shard));
      await this.#openTransactions.look(batch.appenders, () => session.query<OpenTransaction>(FIND_OPEN_TRANSACTIONS));
      this.#backoff.reset();
      if (batch.isFull) return 0;
      return batch.appenders.length > 0 ? RELAY_HELD_BACK_POLL_MS : RELAY_POLL_MS;
    } catch (error) {
      this.#isReached = false;
      await this.#giveUpIfLost(session);
      const retryInMs = this.#backoff.nextMs();
      // Without a batch, what the broker does is reported by its link.
      if (rows.length > 0 || this.#link.failingMs === 0) {
        this.#events.emit('outbox.failed', { rows: rows.length, error: error as Error, retryInMs });
      }
      // New rows must not turn the wait for the broker into a busy loop.
      await this.#awake.stopOrTimeout(retryInMs, () => this.#stopping);
      return 0;
    }
  }

  /** Takes part in the work once the broker has answered; later again where sends failed although it did. */
  async #hasShare(session: DatabaseSession): Promise<boolean> {
    if (this.#leases.hasJoined(session)) return true;
    const mayJoin = performance.now() >= this.#rejoinsAt || !(await this.#leases.someoneShares(session));
    if (mayJoin) {
      await this.#leases.join(session);
      this.#link.forgetFailedSends();
    }
    return mayJoin;
  }

  /** What this instance cannot send is sent by those who can. */
  async #giveUpIfLost(session: DatabaseSession): Promise<void> {
    const afterMs = this.#link.failingMs;
    if (this.#leases.hasJoined(session)) {
      if (afterMs < RELAY_GIVES_UP_AFTER_MS) return;
      // When the session is lost its locks are, too.
      await this.#leases.leave(session).catch(() => undefined);
      this.#rejoinsAt = performance.now() + this.#rejoin.nextMs();
      this.#events.emit('relay.gave-up', { shards: this.#shardsHeld, afterMs });
    }
    this.#reportShards(0);
  }

  /** All at once; and where the broker rejects something among them, by halves until it is found and left out. */
  async #publish(session: DatabaseSession, batch: readonly OutboxRow[]): Promise<void> {
    const rows = batch.filter((row) => !this.#rejected.has(row));
    if (rows.length === 0) return;
    const startedAt = performance.now();
    try {
      const sent = await inSendSpan(rows, async () => this.#publisher.publish(rows));
      for (const seconds of await markOutboxPublished(session, sent)) this.delays.observe(seconds);
      this.#rejoin.reset();
      this.#events.emit('outbox.published', { rows: rows.length, milliseconds: performance.now() - startedAt });
    } catch (error) {
      if (!(error instanceof RecordsRejected)) throw error;
      const { rejected: rejection } = error;
      // Our own topics are created when they are missing; a broker that reports one as missing has not caught up yet.
      if (rejection === 'topic' && rows.every(({ topic }) => this.#topics.has(topic))) throw error;
      if (rows.length === 1) {
        await this.#leaveOut(session, rows[0]!, rejection, error);
      } else {
        const half = Math.ceil(rows.length / 2);
        await this.#publish(session, rows.slice(0, half));
        await this.#publish(session, rows.slice(half));
      }
    }
  }

  async #leaveOut(session: DatabaseSession, row: OutboxRow, rejection: Rejected, error: Error): Promise<void> {
    this.#rejected.leaveOut(row, rejection);
    await noteRejection(session, row, rejection, error);
    const { seq, topic, type, id } = row;
    const retryInMs = REJECTED_ROW_RETRY_MS;
    this.#events.emit('outbox.rejected', { seq, topic, event: type, eventId: id, error, retryInMs });
  }

  #reportShards(held: number): void {
    if (held === this.#shardsHeld) return;
    this.#shardsHeld = held;
    this.#events.emit('relay.shards', { held });
  }
}
