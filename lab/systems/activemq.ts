import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { atMost } from '@event-bus/test-kit/until';
import rhea from 'rhea';
import type { Connection, Delivery, EventContext, Message as AmqpMessage, Receiver, Sender, Source } from 'rhea';
import { CONFIRM_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from '../basics/limits.ts';
import { Cleanup } from './cleanup.ts';
import { Consumers } from './consumers.ts';
import { InTurn } from './in-turn.ts';
import { Together } from './together.ts';
import type { Client, ConsumeOptions, Consumer, Handler, Message, Queue } from './system.ts';

/** Where the broker puts what was refused. All queues share it, so each message carries the name of its queue. */
const DEAD_LETTER_QUEUE = 'ActiveMQ.DLQ';

/** What is in a queue is handed out at once. */
const EMPTY_AFTER_MS = 1_000;
const CREDIT_TO_EMPTY = 1_000;
const SUBSCRIBED_CREDIT = 100;
/** As good as none. */
const CREDIT_MAX = 1_000_000;

/** By AMQP 1.0. */
export class ActiveMqClient implements Client {
  readonly version: string;
  #connection: Connection;
  readonly #address: string;
  #isLost = false;
  readonly #consumers = new Consumers();
  readonly #cleanup = new Cleanup(async () => this.#consumers.stop());

  private constructor(address: string, connection: Connection, version: string) {
    this.#address = address;
    connection.once('disconnected', () => (this.#isLost = true));
    this.#connection = connection;
    this.version = version;
  }

  static async connect(address: string): Promise<ActiveMqClient> {
    const connection = await openConnection(address);
    const { product, version } = (connection.properties ?? {}) as { product?: string; version?: string };
    if (product === 'ActiveMQ') return new ActiveMqClient(address, connection, version ?? 'unknown');
    connection.close();
    throw new Error(`it is ${product ?? 'another system'}`);
  }

  async create(): Promise<Queue> {
    return this.createNamed(`lab-${randomUUID()}`);
  }

  /** The broker makes a queue when it is first used. */
  createNamed(name: string): Queue {
    this.#cleanup.add(async () => {
      while ((await this.#takeOut(name)) > 0);
    });
    return this.open(name);
  }

  open(name: string): Queue {
    return {
      name,
      send: async (messages) =>
        this.publish(
          name,
          messages.map(({ key, body, id }: Message) => ({
            body,
            ...(key !== undefined && { group_id: key }),
            ...(id !== undefined && { message_id: String(id) }),
          })),
        ),
      consume: async (options, handler) =>
        this.#consumers.start(handler, async (tracked) => this.#consume(name, options, tracked)),
      deadLetters: async () => this.#takeOut(DEAD_LETTER_QUEUE, name),
    };
  }

  /**
   * Messages with fields of AMQP, to a queue or to `topic://NAME`. Resolves when the broker has confirmed all of them.
   * @see https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-messaging-v1.0-os.html#section-message-format
   */
  async publish(address: string, messages: readonly AmqpMessage[]): Promise<void> {
    // On a lost connection nothing is answered, not even with an error.
    if (this.#isLost) throw new Error('the connection is lost');
    if (messages.length === 0) return;
    const sender: Sender = this.#connection.open_sender({ target: { address } });
    const all = Promise.withResolvers<void>();
    const isLost = (): void => all.reject(new Error('the connection was lost'));
    this.#connection.once('disconnected', isLost);
    const silence = setTimeout(() => all.reject(new Error('it confirms no more messages')), CONFIRM_TIMEOUT_MS);
    let confirmed = 0;
    sender.on('accepted', () => {
      silence.refresh();
      confirmed++;
      if (confirmed === messages.length) all.resolve();
    });
    for (const event of ['rejected', 'released', 'sender_close'])
      sender.on(event, () => all.reject(new Error(`ActiveMQ did not confirm all messages: ${event}`)));
    let next = 0;
    const sendMore = (): void => {
      while (next < messages.length && sender.sendable()) {
        sender.send({ durable: true, subject: address, ...messages[next]! });
        next++;
      }
    };
    sender.on('sendable', sendMore);
    try {
      await all.promise;
    } finally {
      clearTimeout(silence);
      this.#connection.removeListener('disconnected', isLost);
      sender.removeAllListeners('sender_close');
      sender.close();
    }
  }

  /** All that comes from a queue, or from the topics of a pattern: of it what a selector wants. Until the connection ends. */
  async subscribe(address: string, onMessage: (body: string) => void, selector?: string): Promise<void> {
    const receiver = await this.#receive(
      { address, ...(selector !== undefined && { filter: rhea.filter.selector(selector) }) },
      'after',
      ({ message, delivery }) => {
        onMessage(String(message?.body));
        delivery?.accept();
        receiver.add_credit(1);
      },
    );
    receiver.add_credit(SUBSCRIBED_CREDIT);
  }

  async #consume(name: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const { acknowledge, atOnce = 1, together = 1 } = options;
    const prefetch = Math.min(options.prefetch ?? atOnce, CREDIT_MAX);
    const inTurn = new InTurn(atOnce);
    let isStopping = false;
    const take = (count: number): void => {
      if (!isStopping) receiver.add_credit(count);
    };
    const handled = new Together<Delivery>(together, (deliveries) => {
      for (const delivery of deliveries) delivery.accept();
      take(deliveries.length);
    });
    const receiver = await this.#receive({ address: name }, acknowledge, ({ message, delivery }) => {
      inTurn.add(async () => {
        const deliveries = (message?.delivery_count ?? 0) + 1;
        const settlement = await handler({ body: String(message?.body), deliveries });
        if (acknowledge === 'after' && settlement === 'done') {
          await handled.add(delivery!);
          return;
        }
        // First the credit: what is given back is sent again at once or, if there is none then, with the next message only.
        take(1);
        if (acknowledge === 'after' && settlement === 'again')
          delivery?.modified({ delivery_failed: true, undeliverable_here: false });
        else if (acknowledge === 'after') delivery?.reject();
      });
    });
    receiver.add_credit(prefetch);
    return {
      stop: async () => {
        isStopping = true;
        await inTurn.stop();
        await close(receiver);
      },
    };
  }

  /** Without credit. With `before` the broker settles what it sends, and so forgets it. */
  async #receive(
    source: Pick<Source, 'address' | 'filter'>,
    acknowledge: ConsumeOptions['acknowledge'],
    onMessage: (context: EventContext) => void,
  ): Promise<Receiver> {
    const receiver: Receiver = this.#connection.open_receiver({
      source: source as Source,
      credit_window: 0,
      autoaccept: false,
      ...(acknowledge === 'before' && { snd_settle_mode: 1 as const }),
    });
    receiver.on('message', onMessage);
    await opened(receiver, 'receiver_open', ['receiver_close', 'disconnected']);
    return receiver;
  }

  /** Takes out all, or what was sent to `sentTo`, and returns how many that were. The rest goes back when the receiver closes. */
  async #takeOut(address: string, sentTo?: string): Promise<number> {
    let count = 0;
    let lastAt = performance.now();
    const receiver = await this.#receive({ address }, 'after', ({ message, delivery }) => {
      lastAt = performance.now();
      if (sentTo !== undefined && message?.subject !== sentTo) return;
      count++;
      delivery?.accept();
    });
    receiver.add_credit(CREDIT_TO_EMPTY);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (performance.now() - lastAt < EMPTY_AFTER_MS) return;
        clearInterval(timer);
        resolve();
      }, EMPTY_AFTER_MS / 10);
    });
    await close(receiver);
    return count;
  }

  /** AMQP cannot delete a queue, so they are left empty; a broker can be set to remove those that nothing uses. */
  async close(): Promise<void> {
    // Of a broker that was killed meanwhile.
    if (this.#isLost) this.#connection = await openConnection(this.#address);
    try {
      await this.#cleanup.run();
    } finally {
      const closed = Promise.race([once(this.#connection, 'connection_close'), once(this.#connection, 'disconnected')]);
      this.#connection.close();
      // On a full disk it answers nothing.
      await atMost(CONNECT_TIMEOUT_MS, closed);
    }
  }
}

async function openConnection(address: string): Promise<Connection> {
  const { hostname: host, port, username, password } = new URL(address);
  const connection = rhea.create_container({ id: `lab-${randomUUID()}` }).connect({
    host,
    port: Number(port),
    reconnect: false,
    username: username === '' ? 'lab' : decodeURIComponent(username),
    password: password === '' ? 'lab' : decodeURIComponent(password),
  });
  // Every send that is not confirmed yet listens for its end.
  connection.setMaxListeners(0);
  for (const event of ['error', 'connection_error', 'protocol_error', 'session_error']) connection.on(event, () => {});
  try {
    await opened(connection, 'connection_open', ['connection_close', 'disconnected', 'protocol_error']);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function close(link: Receiver): Promise<void> {
  if (!link.connection.is_open()) return;
  const closed = Promise.race([once(link, 'receiver_close'), once(link.connection, 'disconnected')]);
  link.close();
  await atMost(CONNECT_TIMEOUT_MS, closed);
}

async function opened(link: Connection | Receiver, event: string, failures: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('no answer')), CONNECT_TIMEOUT_MS);
  const succeed = (): void => resolve();
  const fail = ({ error }: EventContext): void =>
    reject(error instanceof Error ? error : new Error('it closed the connection'));
  link.once(event, succeed);
  for (const failure of failures) link.once(failure, fail);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    link.removeListener(event, succeed);
    for (const failure of failures) link.removeListener(failure, fail);
  }
}
