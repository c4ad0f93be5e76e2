import type { DatabaseSession } from '../database-session.ts';
import { RELAY_POLL_MS } from '../limits.ts';
import { LOCK_SPACE } from '../presence.ts';
import { OUTBOX_SHARDS } from './outbox-table.ts';

const EVERY_SHARD = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);

/** Instances that are alive on this database: each holds the lock of its presence. */
const COUNT_INSTANCES = `
  SELECT count(*)::int AS instances FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = ${LOCK_SPACE.presence}
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

const TAKE = `SELECT shard FROM unnest($1::int[]) AS shard WHERE pg_try_advisory_lock(${LOCK_SPACE.relay}, shard) LIMIT $2`;
const GIVE_BACK = `SELECT pg_advisory_unlock(${LOCK_SPACE.relay}, shard) FROM unnest($1::int[]) AS shard`;

/**
 * Which shards of the outbox are this instance's to relay: a fair share of them, one lock each, in the session of
 * Presence. The session is the lease: every query renews it, PostgreSQL ends it when it is idle for too long or its
 * process is gone, and its locks are free for the others at once.
 */
export class ShardLeases {
  #session: DatabaseSession | undefined;
  readonly #held = new Set<number>();
  #balancedAt = -Infinity;

  /** The shards held now. Between two batches, so that a shard given back has nothing on its way. */
  async hold(session: DatabaseSession): Promise<number[]> {
    if (session !== this.#session) {
      this.#session = session;
      this.#held.clear();
      this.#balancedAt = -Infinity;
    }
    if (performance.now() - this.#balancedAt >= RELAY_POLL_MS) {
      await this.#balance(session);
      this.#balancedAt = performance.now();
    }
    return [...this.#held];
  }

  async #balance(session: DatabaseSession): Promise<void> {
    const [alive] = await session.query<{ instances: number }>(COUNT_INSTANCES);
    const share = Math.ceil(OUTBOX_SHARDS / Math.max(1, alive!.instances));
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
