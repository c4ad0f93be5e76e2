import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { connect } from 'amqplib';
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { CONNECT_TIMEOUT_MS } from '../basics/limits.ts';
import { Cleanup } from './cleanup.ts';
import { Consumers } from './consumers.ts';
import { InTurn } from './in-turn.ts';
import { Together } from './together.ts';
import { NO_LIMIT } from './system.ts';
import type { Client, ConsumeOptions, Consumer, Handler, Queue, QueueOptions, Start } from './system.ts';

/** Ends the name of a stream queue, whose consumers have to say where they begin. */
const STREAM = '-stream';
const STREAM_OFFSET = 'x-stream-offset';

export class RabbitClient implements Client {
  readonly version: string;
  /** For what only RabbitMQ has. */
  channel: ConfirmChannel;
  #connection: ChannelModel;
  readonly #address: string;
  #isLost = false;
  readonly #blocked = Promise.withResolvers<never>();
  readonly #consumers = new Consumers();
  readonly #cleanup = new Cleanup(async () => this.#consumers.stop());

  private constructor(address: string, connection: ChannelModel, channel: ConfirmChannel, version: string) {
    this.#address = address;
    connection.once('close', () => (this.#isLost = true));
    // It does not read from this connection any more, not even what deletes a queue: the clean-up needs another one.
    connection.once('blocked', (reason: string) => {
      this.#isLost = true;
      this.#blocked.reject(new Error(`it accepts no messages: ${reason}`));
      streamOf(connection).destroy();
    });
    this.#blocked.promise.catch(() => {});
    this.#connection = connection;
    this.channel = channel;
    this.version = version;
  }

  static async connect(address: string): Promise<RabbitClient> {
    const connection = await connect(address, { timeout: CONNECT_TIMEOUT_MS });
    // A broker that is killed is reported here, and by every call that waits for it.
    connection.on('error', () => {});
    const { product, version } = connection.connection.serverProperties;
    if (product !== 'RabbitMQ') {
      await connection.close();
      throw new Error(`it is ${product}`);
    }
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    return new RabbitClient(address, connection, channel, version);
  }

  /** Durable, with persistent messages. With a dead-letter queue it is a quorum queue: only those count deliveries. */
  async create({ deadLetterAfter, keeps = false }: QueueOptions = {}): Promise<Queue> {
    const name = `lab-${randomUUID()}${keeps ? STREAM : ''}`;
    if (keeps) return this.createWith({ 'x-queue-type': 'stream' }, name);
    if (deadLetterAfter === undefined) return this.createWith({}, name);
    await this.createWith({}, deadOf(name));
    return this.createWith(
      {
        'x-queue-type': 'quorum',
        'x-delivery-limit': deadLetterAfter,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': deadOf(name),
      },
      name,
    );
  }

  /** A durable queue with these arguments of RabbitMQ. */
  async createWith(args: Readonly<Record<string, unknown>>, name = `lab-${randomUUID()}`): Promise<Queue> {
    await this.channel.assertQueue(name, { durable: true, arguments: args });
    this.#cleanup.add(async () => this.channel.deleteQueue(name));
    return this.open(name);
  }

  /** Without confirms. */
  async openChannel(): Promise<Channel> {
    const channel = await this.#connection.createChannel();
    channel.on('error', () => {});
    return channel;
  }

  /** Resolves when all that was sent by `channel` is confirmed. Rejects when the broker accepts nothing, as on a full disk. */
  async untilConfirmed(): Promise<void> {
    await Promise.race([this.channel.waitForConfirms(), this.#blocked.promise]);
  }

  /** An exchange, deleted at the end. */
  async createExchange(type: 'fanout' | 'topic'): Promise<string> {
    const name = `lab-${randomUUID()}`;
    await this.channel.assertExchange(name, type, { durable: true });
    this.#cleanup.add(async () => this.channel.deleteExchange(name));
    return name;
  }

  open(name: string): Queue {
    return {
      name,
      send: async (messages) => {
        for (const { body, id } of messages) {
          const options = { persistent: true, ...(id !== undefined && { messageId: String(id) }) };
          this.channel.sendToQueue(name, Buffer.from(body), options);
        }
        await this.untilConfirmed();
      },
      consume: async (options, handler) =>
        this.#consumers.start(handler, async (tracked) => this.#consume(name, options, tracked)),
      deadLetters: async () => {
        // A check of a queue that is not there closes the channel, so it has one of its own.
        const channel = await this.#connection.createChannel();
        channel.on('error', () => {});
        try {
          const { messageCount } = await channel.checkQueue(deadOf(name));
          await channel.close();
          return messageCount;
        } catch {
          return undefined;
        }
      },
    };
  }

  async #consume(name: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const { acknowledge, atOnce = 1, prefetch = atOnce, together = 1 } = options;
    const channel = await this.#connection.createChannel();
    channel.on('error', () => {});
    // 0 is no limit.
    await channel.prefetch(prefetch === NO_LIMIT ? 0 : prefetch);
    const inTurn = new InTurn(atOnce);
    const handled = new Together<ConsumeMessage>(together, (messages) => channel.ack(messages.at(-1)!, together > 1));
    const handle = async (message: ConsumeMessage): Promise<void> => {
      const { headers = {} } = message.properties;
      const counted = headers['x-delivery-count'] as number | undefined;
      const offset = headers[STREAM_OFFSET] as number | undefined;
      const settlement = await handler({
        body: message.content.toString(),
        ...(counted !== undefined && { deliveries: counted + 1 }),
        ...(offset !== undefined && { place: String(offset) }),
      });
      if (acknowledge === 'before') return;
      if (settlement === 'done') await handled.add(message);
      else channel.nack(message, false, settlement === 'again');
    };
    const { consumerTag } = await channel.consume(
      name,
      (message) => {
        if (message !== null) inTurn.add(async () => handle(message));
      },
      {
        noAck: acknowledge === 'before',
        ...(name.endsWith(STREAM) && { arguments: { [STREAM_OFFSET]: streamOffset(options.from) } }),
      },
    );
    return {
      stop: async () => {
        await channel.cancel(consumerTag);
        await inTurn.stop();
        await channel.close();
      },
    };
  }

  async close(): Promise<void> {
    // Of a broker that was killed meanwhile.
    if (this.#isLost) {
      this.#connection = await connect(this.#address, { timeout: CONNECT_TIMEOUT_MS });
      this.channel = await this.#connection.createConfirmChannel();
    }
    try {
      await this.#cleanup.run();
    } finally {
      await this.#connection.close();
    }
  }
}

/** amqplib has it, and its types do not: nothing else ends a connection whose other side does not read. */
function streamOf({ connection }: ChannelModel): Duplex {
  return (connection as unknown as { stream: Duplex }).stream;
}

/** What has a time begins with the chunk of messages that has it, and the time is in seconds. */
function streamOffset(from: Start = 'first'): unknown {
  if (typeof from !== 'object') return from;
  return 'place' in from ? Number(from.place) : { '!': 'timestamp', value: Math.floor(from.time / 1_000) };
}

function deadOf(name: string): string {
  return `${name}-dead`;
}
