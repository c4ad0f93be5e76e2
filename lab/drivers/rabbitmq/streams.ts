import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { CONNECT_TIMEOUT_MS } from '../../basics/limits.ts';

/** Of every queue, stream and exchange that the driver makes. */
const PREFIX = 'lab-bus';
/** A stream with a record for each topic: AMQP cannot list what a broker has. */
const TOPICS = `${PREFIX}.topics`;
/** Ends a scan; like the markers of Kafka's transactions it takes an offset and is handed to no reader. */
const MARKER = `${PREFIX}-marker`;
/** A stream needs a bound of unacknowledged messages; an acknowledgement is only credit there. */
export const PREFETCH = 200;

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface Stored {
  readonly offset: number;
  readonly message: ConsumeMessage;
}

/** One connection to RabbitMQ, with partitions as stream queues. */
export class Streams {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  /** What was created here, to be deleted by `forget`. */
  static readonly #created = new Set<string>();

  private constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.connection = connection;
    this.channel = channel;
  }

  static async connect(address: string): Promise<Streams> {
    const connection = await connect(address, { timeout: CONNECT_TIMEOUT_MS });
    // What waits for the broker is rejected as well.
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return new Streams(connection, channel);
  }

  /** Deletes every queue that this process, and services of these names, have created at the broker. */
  static async forget(address: string, services: readonly string[] = []): Promise<void> {
    const streams = await Streams.connect(address);
    try {
      const topics = services.length === 0 ? [] : [...(await streams.topics()).values()];
      for (const { name, partitions } of topics) {
        for (let partition = 0; partition < partitions; partition++) {
          this.#created.add(Streams.streamOf(name, partition));
          for (const group of services) this.#created.add(Streams.offsetsOf(group, name, partition));
        }
      }
      for (const name of this.#created) await streams.channel.deleteQueue(name);
      this.#created.clear();
    } finally {
      await streams.close();
    }
  }

  static streamOf(topic: string, partition: number): string {
    return `${PREFIX}.${topic}.${partition}`;
  }

  static offsetsOf(group: string, topic: string, partition: number): string {
    return `${PREFIX}.offset.${group}.${topic}.${partition}`;
  }

  async topics(): Promise<Map<string, Topic>> {
    await this.#createStream(TOPICS, {});
    const topics = new Map<string, Topic>();
    for (const { message } of await this.scan(TOPICS)) {
      const topic = JSON.parse(message.content.toString()) as Topic;
      // Two that create it at the same time: the first counts.
      if (!topics.has(topic.name)) topics.set(topic.name, topic);
    }
    return topics;
  }

  async createTopic(topic: Topic): Promise<void> {
    const retentionMs = Number(topic.config['retention.ms'] ?? 0);
    const kept = retentionMs > 0 ? { 'x-max-age': `${Math.ceil(retentionMs / 1_000)}s` } : {};
    for (let partition = 0; partition < topic.partitions; partition++) {
      await this.#createStream(Streams.streamOf(topic.name, partition), kept);
    }
    await this.publish(TOPICS, Buffer.from(JSON.stringify(topic)), {});
  }

  /** Everything in a stream up to now. Over AMQP the only way to learn where it ends is to write to it. */
  async scan(stream: string): Promise<Stored[]> {
    const marker = randomUUID();
    const found: Stored[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = await this.read(stream, 'first', ({ offset, message }) => {
      if (message.properties.messageId === marker) resolve();
      else if (!isMarker(message)) found.push({ offset, message });
    });
    await this.publish(stream, Buffer.alloc(0), { messageId: marker, type: MARKER });
    await promise;
    await stop();
    return found;
  }

  /** With confirm: resolves when the stream has it. */
  async publish(stream: string, content: Buffer, options: object): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.channel.sendToQueue(stream, content, { persistent: true, ...options }, (error: unknown) => {
        if (error === null || error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('RabbitMQ has refused the message'));
      });
    });
  }

  /** With manual ack, which `handle` may delay. @returns what ends it */
  async read(
    stream: string,
    from: number | 'first' | 'next',
    handle: (stored: Stored) => void | Promise<void>,
  ): Promise<() => Promise<void>> {
    const channel: Channel = await this.connection.createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(PREFETCH);
    let isOver = false;
    const take = async (message: ConsumeMessage): Promise<void> => {
      const offset = Number(message.properties.headers?.['x-stream-offset']);
      // A reader begins with the chunk that holds its offset.
      if (typeof from !== 'number' || offset >= from) await handle({ offset, message });
      if (!isOver) channel.ack(message);
    };
    await channel.consume(stream, (message) => void (message !== null && take(message)), {
      arguments: { 'x-stream-offset': from },
    });
    return async () => {
      isOver = true;
      await channel.close().catch(() => undefined);
    };
  }

  /** The newest value of a queue that keeps one; undefined when there is none. */
  async lastValue(queue: string): Promise<string | undefined> {
    await this.#createLastValue(queue);
    const message = await this.channel.get(queue);
    if (message === false) return undefined;
    this.channel.nack(message, false, true);
    return message.content.toString();
  }

  async setLastValue(queue: string, value: string): Promise<void> {
    await this.#createLastValue(queue);
    await this.publish(queue, Buffer.from(value), {});
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }

  async #createLastValue(queue: string): Promise<void> {
    Streams.#created.add(queue);
    await this.channel.assertQueue(queue, { durable: true, maxLength: 1 });
  }

  async #createStream(name: string, kept: object): Promise<void> {
    Streams.#created.add(name);
    await this.channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'stream', ...kept } });
  }
}

export function isMarker({ properties }: ConsumeMessage): boolean {
  return properties.type === MARKER;
}
