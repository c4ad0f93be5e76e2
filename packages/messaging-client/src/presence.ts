import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import { Backoff } from './backoff.ts';
import { LEASE_MS, LEASE_RENEWAL_MS, RECONNECT_DELAY_MS } from './limits.ts';

const CONNECT_TIMEOUT_MS = 3_000;

/** Over a network that was cut silently no answer ever comes. Longer than the wait for a lost session of our own to end. */
const QUERY_TIMEOUT_MS = LEASE_MS + 5_000;

/**
 * That this process is alive, as its database sees it: a session of its own that holds an advisory lock. PostgreSQL
 * releases the lock when the session ends: at once after kill -9, and after LEASE_MS when the process hangs or the
 * network between them is cut: then the session is idle, because nobody renews it.
 *
 * Whoever finds the lock free knows that the process is gone (see inbox/claim-then-confirm.ts). The same session
 * listens for the outbox and holds the relay's shards.
 */
export class Presence
  extends EventEmitter<{ connected: [Client]; lost: []; notification: [string] }>
  implements OnModuleInit, OnApplicationShutdown
{
  /** Names this process in claims. A restarted service is another process. */
  readonly id = randomInt(1, 2 ** 31 - 1);
  readonly #url: string;
  readonly #channel: string;
  #client: Client | undefined;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);

  constructor(url: string, channel: string) {
    super();
    this.#url = url;
    this.#channel = channel;
  }

  /** The session, while it is there. */
  get client(): Client | undefined {
    return this.#client;
  }

  onModuleInit(): void {
    this.#renewal = setInterval(() => void this.#client?.query('SELECT 1').catch(() => undefined), LEASE_RENEWAL_MS);
    void this.#connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#renewal);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: `presence ${this.id}`,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    let ended = false;
    const onEnd = (): void => {
      if (ended) return;
      ended = true;
      if (this.#client === client) {
        this.#client = undefined;
        this.emit('lost');
      }
      void client.end().catch(() => undefined);
      this.#connectLater();
    };
    client.on('error', onEnd);
    client.on('end', onEnd);
    client.on('notification', ({ channel }) => this.emit('notification', channel));
    try {
      await client.connect();
      await client.query(`SET idle_session_timeout = ${LEASE_MS}`);
      await client.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE.presence, this.id]);
      await client.query(`LISTEN ${this.#channel}`);
    } catch {
      onEnd();
      return;
    }
    if (this.#stopped || ended) {
      await client.end().catch(() => undefined);
      return;
    }
    this.#backoff.reset();
    this.#client = client;
    this.emit('connected', client);
  }

  #connectLater(): void {
    if (this.#stopped) return;
    this.#retry = setTimeout(() => void this.#connect(), this.#backoff.nextMs());
  }
}

/** First half of PostgreSQL's two-part advisory lock keys: one number for each use, ours by convention. */
export const LOCK_SPACE = { presence: 0x6275_7301, relay: 0x6275_7302 } as const;
