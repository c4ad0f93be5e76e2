import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { CONNECT_TIMEOUT_MS, REDELIVER_AFTER_MS } from '../basics/limits.ts';
import { Cleanup } from './cleanup.ts';
import { Consumers } from './consumers.ts';
import { poll } from './poll.ts';
import { Together } from './together.ts';
import type { Client, ConsumeOptions, Consumer, Handler, Queue, Start, Usage } from './system.ts';

const GROUP = 'group';
const READ_WAIT_MS = 200;
/** As good as none. */
const COUNT_MAX = 1_000_000;

/** Of an id. */
const SEQUENCE_MAX = 2n ** 64n - 1n;

type Entry = [id: string, fields: string[]];

export class RedisClient implements Client {
  readonly version: string;
  /** For what only Redis has. */
  readonly redis: Redis;
  readonly #consumers = new Consumers();
  readonly #cleanup = new Cleanup(async () => this.#consumers.stop());

  private constructor(redis: Redis, version: string) {
    this.redis = redis;
    this.version = version;
  }

  static async connect(address: string): Promise<RedisClient> {
    const redis = new Redis(address, {
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: CONNECT_TIMEOUT_MS,
      maxRetriesPerRequest: 3,
      retryStrategy: (attempt) => (attempt > 20 ? null : 200),
    });
    // The rejection of a call says only that the connection is closed.
    let cause: unknown;
    redis.on('error', (error) => (cause = error));
    try {
      await redis.connect();
      const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1];
      if (version === undefined) throw new Error('its INFO names no version');
      return new RedisClient(redis, version);
    } catch (error) {
      redis.disconnect();
      throw cause ?? error;
    }
  }

  /** A stream with one group. */
  async create(): Promise<Queue> {
    const name = `lab-${randomUUID()}`;
    await this.redis.xgroup('CREATE', name, GROUP, '0', 'MKSTREAM');
    this.#cleanup.add(async () => this.redis.del(name, deadOf(name)));
    return this.open(name);
  }

  open(name: string): Queue {
    return {
      name,
      send: async (messages) => {
        const pipeline = this.redis.pipeline();
        for (const { body, id = '*' } of messages) pipeline.xadd(name, id, 'body', body);
        for (const [error] of (await pipeline.exec()) ?? []) if (error !== null && !isRepeated(error)) throw error;
      },
      consume: async (options, handler) =>
        this.#consumers.start(handler, async (tracked) => this.#consume(name, options, tracked)),
      deadLetters: async () => this.redis.xlen(deadOf(name)),
    };
  }

  /** A connection of its own, as a subscription occupies one. */
  async subscribe(pattern: string, onMessage: (body: string) => void): Promise<void> {
    const subscriber = this.redis.duplicate({ lazyConnect: true });
    subscriber.on('error', () => {});
    await subscriber.connect();
    this.#cleanup.add(async () => subscriber.quit());
    subscriber.on('pmessage', (_pattern, _channel, body) => onMessage(body));
    await subscriber.psubscribe(pattern);
  }

  /** Its file is the append-only file, where it has one. */
  async usage(): Promise<Usage> {
    const info = await this.redis.info();
    const megabytes = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]) / 2 ** 20;
    const diskMb = megabytes('aof_current_size');
    return { memoryMb: megabytes('used_memory'), ...(!Number.isNaN(diskMb) && { diskMb }) };
  }

  async #consume(name: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const { acknowledge, atOnce = 1, group = GROUP, claims = true, together = 1 } = options;
    const prefetch = Math.min(options.prefetch ?? atOnce, COUNT_MAX);
    // A read that waits for messages occupies its connection.
    const reader = this.redis.duplicate({ lazyConnect: true, commandTimeout: CONNECT_TIMEOUT_MS });
    reader.on('error', () => {});
    await reader.connect();
    if (group !== GROUP) await this.redis.xgroup('CREATE', name, group, idBefore(options.from));
    else if (typeof options.from === 'object') await this.redis.xgroup('SETID', name, group, idBefore(options.from));
    const me = randomUUID();
    const handled = new Together<string>(together, async (ids) => this.redis.xack(name, group, ...ids));
    const handle = async ([id, fields]: Entry): Promise<void> => {
      const settlement = await handler({ body: fields[1] ?? '', place: id });
      if (acknowledge === 'before' || settlement === 'again') return;
      if (settlement === 'reject') await this.redis.xadd(deadOf(name), '*', ...fields);
      await handled.add(id);
    };
    const read = async (): Promise<Entry[]> => {
      if (claims && acknowledge === 'after') {
        const claimed = await reader.xautoclaim(name, group, me, REDELIVER_AFTER_MS, '0', 'COUNT', prefetch);
        const entries = claimed[1] as Entry[];
        if (entries.length > 0) return entries;
      }
      const wanted = ['COUNT', prefetch, 'BLOCK', READ_WAIT_MS] as const;
      const streams = ['STREAMS', name, '>'] as const;
      const answer = await (acknowledge === 'before'
        ? reader.xreadgroup('GROUP', group, me, ...wanted, 'NOACK', ...streams)
        : reader.xreadgroup('GROUP', group, me, ...wanted, ...streams));
      return (answer as Array<[string, Entry[]]> | null)?.[0]?.[1] ?? [];
    };
    const polling = poll(atOnce, read, handle);
    return {
      stop: async () => {
        try {
          await polling.stop();
        } finally {
          reader.disconnect();
        }
      },
    };
  }

  async close(): Promise<void> {
    try {
      await this.#cleanup.run();
    } finally {
      this.redis.disconnect();
    }
  }
}

/** A group reads the entries after this id. */
function idBefore(from: Start = 'first'): string {
  if (from === 'first') return '0';
  if (from === 'next') return '$';
  const [ms = 0n, sequence = 0n] = 'place' in from ? from.place.split('-').map(BigInt) : [BigInt(from.time)];
  return sequence > 0n ? `${ms}-${sequence - 1n}` : `${ms - 1n}-${SEQUENCE_MAX}`;
}

/** Its id is not above that of the last entry. */
function isRepeated({ message }: Error): boolean {
  return message.includes('equal or smaller than the target stream top item');
}

function deadOf(name: string): string {
  return `${name}-dead`;
}
