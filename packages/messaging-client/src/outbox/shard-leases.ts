import type { DatabaseSession } from '../database/session.ts';
import { RELAY_POLL_MS } from '../limits.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

const EVERY_SHARD = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);

/** Instances that share the work: each holds a lock for it, under the number of its process. */
const COUNT_SHARERS = `
  SELECT count(*)::int AS sharers FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = ${LOCK_SPACE.relaySharer}
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const JOIN = `SELECT pg_advisory_lock(${LOCK_SPACE.relaySharer}, $1)`;
const TAKE = `SELECT shard FROM unnest($1::int[]) AS shard WHERE pg_try_advisory_lock(${LOCK_SPACE.relay}, shard) LIMIT $2`;
const GIVE_BACK = `SELECT pg_advisory_unlock(${LOCK_SPACE.relay}, shard) FROM unnest($1::int[]) AS shard`;
const LEAVE = `SELECT pg_advisory_unlock(${LOCK_SPACE.relaySharer}, $1)`;

/**
 * Which shards of the outbox are this instance's to relay: a fair share of them, one lock each, in the session of
 * InstanceLock. The session is the lease: every query renews it, PostgreSQL ends it when it is idle for too long or its
 * process has ended, and its locks are free for the others at once.
 *
 * Only instances that have joined are counted for the share: one that cannot reach the broker leaves, and the others take
 * its shards.
 */
export class ShardLeases {
  readonly #sharer: number;
  #session: DatabaseSession | undefined;
  readonly #held = new Set<number>();
  #balancedAt = -Infinity;

  /** @param sharer the number of this process, see InstanceLock */
  constructor(sharer: number) {
    this.#sharer = sharer;
  }

  hasJoined(session: DatabaseSession): boolean {
    return session === this.#session;
  }

  async join(session: DatabaseSession): Promise<void> {
    this.#held.clear();
    this.#balancedAt = -Infinity;
    await session.query(JOIN, [this.#sharer]);
    this.#session = session;
  }

  /** Gives all shards back. Only between two batches, so that nothing of them is in flight from here. */
  async leave(session: DatabaseSession): Promise<void> {
    this.#session = undefined;
    await session.query(GIVE_BACK, [[...this.#held]]);
    await session.query(LEAVE, [this.#sharer]);
    this.#held.clear();
  }

  /** Whether any instance relays, for one that has not joined. */
  async someoneShares(session: DatabaseSession): Promise<boolean> {
    return (await countSharers(session)) > 0;
  }

  /** The shards held now. Between two batches, so that a shard given back has nothing in flight. */
  async hold(session: DatabaseSession): Promise<number[]> {
    if (performance.now() - this.#balancedAt >= RELAY_POLL_MS) {
      await this.#balance(session);
      this.#balancedAt = performance.now();
    }
    return [...this.#held];
  }

  async #balance(session: DatabaseSession): Promise<void> {
    const share = Math.ceil(OUTBOX_SHARDS / Math.max(1, await countSharers(session)));
    const surplus = [...this.#held].slice(share);
    if (surplus.length > 0) {
      await session.query(GIVE_BACK, [surplus]);
      for (const shard of surplus) this.#held.delete(shard);
    }
    if (this.#held.size < share) {
      const others = EVERY_SHARD.filter((shard) => !this.#held.has(shard));
      const taken = await session.query<{ shard: number }>(TAKE, [others, share - this.#held.size]);
      for (const { shard } of taken) this.#held.add(shard);
    }
  }
}

async function countSharers(session: DatabaseSession): Promise<number> {
  const [found] = await session.query<{ sharers: number }>(COUNT_SHARERS);
  return found!.sharers;
}
