import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { RecordHeaders } from '@event-bus/messaging-client';
import type { FetchedRecord, GroupListener, GroupMember } from '@event-bus/messaging-client';
import type { PartitionPlace } from './seam.ts';
import { isMarker, Streams } from './streams.ts';
import type { Stored } from './streams.ts';

const HELLO_EVERY_MS = 1_000;
/** A member that is silent for so long has ended. */
const SILENT_AFTER_MS = 5_000;
/** For the others to answer the first hello. */
const SETTLE_MS = 500;
const LOCK_AGAIN_MS = 100;
const ROOM_MS_MAX = 5_000;

/** What the driver adds to the headers of a record. */
const OWN_HEADERS = new Set(['lab-key', 'lab-timestamp', 'x-stream-offset']);

interface Hello {
  readonly id: string;
  readonly kind: 'hello' | 'bye';
}

interface Held {
  readonly place: PartitionPlace;
  readonly lock: Channel;
  stop(): Promise<void>;
}

/**
 * RabbitMQ has no groups for streams over AMQP. Members say hello to each other and compute the same assignment; an exclusive
 * queue for each partition, which only one connection can have, keeps two from reading one. No generation: a commit that is
 * under way when its partition moves is not refused.
 */
export class RabbitGroupMember implements GroupMember {
  readonly #address: string;
  readonly #group: string;
  readonly #topics: readonly string[];
  readonly #listener: GroupListener;
  readonly #id = randomUUID();
  readonly #seenAt = new Map<string, number>();
  readonly #held = new Map<string, Held>();
  readonly #stopped = new AbortController();
  #streams: Streams | undefined;
  #partitions: PartitionPlace[] = [];
  #assigned = '';
  #rebalances: Promise<void> = Promise.resolve();
  #hasJoined = false;

  constructor(address: string, group: string, topics: readonly string[], listener: GroupListener) {
    this.#address = address;
    this.#group = group;
    this.#topics = topics;
    this.#listener = listener;
  }

  async join(): Promise<void> {
    const streams = (this.#streams = await Streams.connect(this.#address));
    streams.connection.on('close', () => {
      if (!this.#stopped.signal.aborted) this.#listener.failed(new Error('the connection to RabbitMQ was closed'));
    });
    const topics = await streams.topics();
    this.#partitions = this.#topics.flatMap((topic) =>
      Array.from({ length: topics.get(topic)?.partitions ?? 0 }, (_, partition) => ({ topic, partition })),
    );
    const exchange = `lab-bus.group.${this.#group}`;
    await streams.channel.assertExchange(exchange, 'fanout', { autoDelete: true });
    const { queue } = await streams.channel.assertQueue('', { exclusive: true });
    await streams.channel.bindQueue(queue, exchange, '');
    await streams.channel.consume(
      queue,
      (message) => {
        if (message !== null) this.#heard(JSON.parse(message.content.toString()) as Hello);
      },
      { noAck: true },
    );
    this.#say('hello');
    await this.#pause(SETTLE_MS);
    this.#hasJoined = true;
    void this.#sayHello();
    await this.#rebalance();
  }

  async commit(offsets: ReadonlyArray<PartitionPlace & { readonly offset: string }>): Promise<void> {
    for (const { topic, partition, offset } of offsets) {
      if (!this.#held.has(`${topic}/${partition}`))
        throw new Error(`${topic}/${partition} is not assigned to this member`);
      await this.#streams!.setLastValue(Streams.offsetsOf(this.#group, topic, partition), offset);
    }
  }

  async leave(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    await this.#rebalances;
    await this.#release([...this.#held.keys()]);
    if (this.#hasJoined) {
      this.#say('bye');
      await this.#streams!.channel.waitForConfirms().catch(() => undefined);
    }
    await this.#streams?.close();
  }

  #say(kind: Hello['kind']): void {
    const hello: Hello = { id: this.#id, kind };
    this.#streams!.channel.publish(`lab-bus.group.${this.#group}`, '', Buffer.from(JSON.stringify(hello)));
  }

  #heard({ id, kind }: Hello): void {
    if (id === this.#id) this.#listener.alive();
    const isNew = !this.#seenAt.has(id);
    if (kind === 'bye') this.#seenAt.delete(id);
    else this.#seenAt.set(id, performance.now());
    if (isNew && id !== this.#id) this.#say('hello');
    if (this.#hasJoined && (isNew || kind === 'bye')) void this.#rebalance();
  }

  async #sayHello(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#say('hello');
      const silentSince = performance.now() - SILENT_AFTER_MS;
      const ended = [...this.#seenAt].filter(([id, at]) => id !== this.#id && at < silentSince).map(([id]) => id);
      for (const id of ended) this.#seenAt.delete(id);
      if (ended.length > 0) void this.#rebalance();
      await this.#pause(HELLO_EVERY_MS);
    }
  }

  /** One after the other; the last one knows all members. */
  #rebalance(): Promise<void> {
    this.#rebalances = this.#rebalances
      .then(async () => this.#takeShare())
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#listener.failed(error as Error);
      });
    return this.#rebalances;
  }

  async #takeShare(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const members = [...new Set([this.#id, ...this.#seenAt.keys()])].toSorted();
    if (members.join() === this.#assigned) return;
    this.#assigned = members.join();
    const mine = this.#partitions.filter((_, index) => members[index % members.length] === this.#id);
    const wanted = new Set(mine.map(({ topic, partition }) => `${topic}/${partition}`));
    this.#listener.rebalancing();
    await this.#release([...this.#held.keys()].filter((name) => !wanted.has(name)));
    const fresh: Held[] = [];
    for (const place of mine) {
      const name = `${place.topic}/${place.partition}`;
      if (this.#held.has(name)) continue;
      const lock = await this.#lock(place);
      if (lock === undefined) return;
      const held: Held = { place, lock, stop: async () => undefined };
      this.#held.set(name, held);
      fresh.push(held);
    }
    this.#listener.joined(this.#id, mine);
    for (const held of fresh) held.stop = await this.#read(held.place);
  }

  /** Undefined: it has left, or another assignment is due. */
  async #lock({ topic, partition }: PartitionPlace): Promise<Channel | undefined> {
    while (!this.#stopped.signal.aborted) {
      const channel = await this.#streams!.connection.createChannel();
      channel.on('error', () => undefined);
      try {
        await channel.assertQueue(`lab-bus.lock.${this.#group}.${topic}.${partition}`, { exclusive: true });
        return channel;
      } catch {
        // Another connection has it; RabbitMQ has closed the channel.
        await this.#pause(LOCK_AGAIN_MS);
      }
    }
    return undefined;
  }

  async #release(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { place, lock, stop } = this.#held.get(name)!;
      this.#held.delete(name);
      await stop();
      await lock.deleteQueue(`lab-bus.lock.${this.#group}.${place.topic}.${place.partition}`).catch(() => undefined);
      await lock.close().catch(() => undefined);
    }
  }

  async #read(place: PartitionPlace): Promise<() => Promise<void>> {
    const { topic, partition } = place;
    const committed = await this.#streams!.lastValue(Streams.offsetsOf(this.#group, topic, partition));
    let expected = committed === undefined ? undefined : Number(committed);
    return this.#streams!.read(Streams.streamOf(topic, partition), expected ?? 'first', async (stored) => {
      const { offset } = stored;
      if (expected !== undefined && offset > expected) {
        this.#listener.skipped({ ...place, from: String(expected), to: String(offset) });
      }
      expected = offset + 1;
      while (!this.#stopped.signal.aborted && !(await this.#listener.hasRoom(ROOM_MS_MAX)));
      if (!this.#held.has(`${topic}/${partition}`)) return;
      const records = isMarker(stored.message) ? [] : [recordOf(stored)];
      this.#listener.received({ ...place, records, lastOffset: String(offset) });
    });
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }
}

function recordOf({ offset, message }: Stored): FetchedRecord {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const own = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    offset: String(offset),
    timestamp: String(headers['lab-timestamp']),
    key: Buffer.from(String(headers['lab-key'])),
    value: message.content,
    headers: RecordHeaders.from(Object.fromEntries(own) as Record<string, string>),
    bytes: message.content.length,
  };
}
