import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { Backoff } from '../backoff.ts';
import { DatabaseSession } from './session.ts';
import { LEASE_MS, LEASE_RENEWAL_MS, RECONNECT_DELAY_MS } from '../limits.ts';
import type { Query } from './query.ts';

const CONNECT_TIMEOUT_MS = 3_000;

/** Over a network that was cut silently no answer ever comes. Longer than the wait for a lost session of our own to end. */
const QUERY_TIMEOUT_MS = LEASE_MS + 5_000;

/**
 * The relay reads its next rows along an index of those that wait. From statistics that lag behind PostgreSQL rather makes a
 * bitmap of them, which visits every row published since the last vacuum, each time again; a scan of the index remembers
 * which of them were deleted.
 */
export const READ_ALONG_INDEXES = ['SET enable_bitmapscan = off', 'SET enable_seqscan = off'];

/** First half of PostgreSQL's two-part advisory lock keys: one number for each use, ours by convention. */
export const LOCK_SPACE = {
  instance: 0x6275_7301,
  relay: 0x6275_7302,
  append: 0x6275_7304,
  relaySharer: 0x6275_7305,
  appendKey: 0x6275_7306,
  lane: 0x6275_7310,
} as const;

/**
 * That this process is alive, as its database sees it: a session of its own that holds an advisory lock. PostgreSQL
 * releases the lock when the session ends: at once after kill -9, and after LEASE_MS when the process hangs or the
 * network between them is cut, because then it is not renewed and is idle.
 *
 * An instance that finds the lock free knows that the process has ended, see `hasEnded`. The same session
 * listens for the outbox and holds the relay's shards.
 */
export class InstanceLock
  extends EventEmitter<{ connected: []; lost: []; notification: [channel: string, payload: string] }>
  implements OnModuleInit, OnApplicationShutdown
{
  /** Names this process in claims. A restarted service is another process. */
  readonly id = randomInt(1, 2 ** 31 - 1);
  readonly #url: string;
  readonly #channel: string;
  readonly #backoff = new Backoff(RECONNECT_DELAY_MS);
  #session: DatabaseSession | undefined;
  #stopped = false;
  #retry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;

  constructor(url: string, channel: string) {
    super();
    this.#url = url;
    this.#channel = channel;
  }

  /** The session, while it is there and holds the lock. */
  get session(): DatabaseSession | undefined {
    return this.#session;
  }

  onModuleInit(): void {
    this.#renewal = setInterval(() => void this.#session?.query('SELECT 1').catch(() => undefined), LEASE_RENEWAL_MS);
    void this.#connect();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#renewal);
    const session = this.#session;
    this.#session = undefined;
    await session?.end();
  }

  async #connect(): Promise<void> {
    const session: DatabaseSession = new DatabaseSession(
      {
        url: this.#url,
        name: `instance ${this.id}`,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        queryTimeoutMs: QUERY_TIMEOUT_MS,
      },
      (channel, payload) => this.emit('notification', channel, payload),
      () => this.#lost(session),
    );
    try {
      await session.connect();
      await session.queryAll(`SET idle_session_timeout = ${LEASE_MS}`, ...READ_ALONG_INDEXES);
      await session.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE.instance, this.id]);
      await session.query(`LISTEN ${this.#channel}`);
    } catch {
      session.destroy();
      return;
    }
    if (this.#stopped) {
      await session.end();
      return;
    }
    this.#backoff.reset();
    this.#session = session;
    this.emit('connected');
  }

  #lost(session: DatabaseSession): void {
    if (this.#session === session) {
      this.#session = undefined;
      this.emit('lost');
    }
    if (!this.#stopped) this.#retry = setTimeout(() => void this.#connect(), this.#backoff.nextMs());
  }
}

/**
 * Whether the process that a claim or a partition is in the name of has ended. Call it in a transaction, which then shares
 * its lock: with others that check at the same moment, but not with the process, should it come back.
 */
export async function hasEnded(query: Query, instanceLock: number): Promise<boolean> {
  const [lock] = await query<{ ended: boolean }>('SELECT pg_try_advisory_xact_lock_shared($1, $2) AS ended', [
    LOCK_SPACE.instance,
    instanceLock,
  ]);
  return lock!.ended;
}
