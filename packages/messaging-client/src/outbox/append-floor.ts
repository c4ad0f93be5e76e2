import type { DatabaseSession } from '../database/session.ts';
import type { Query } from '../database/query.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import { OUTBOX_SHARDS, SHARD_OF_KEY } from './outbox-table.ts';

/**
 * How far each shard of the outbox is decided: every row of it up to there was committed or rolled back.
 *
 * A transaction that appends holds, until it ends, a shared advisory lock for each shard that it appends to. The lock's key
 * is the shard and the transaction's floor in it: the sequence's last value before its first row there. So every row that it
 * has appended to the shard lies above. Reading the sequence first and the locks second, every open transaction that has
 * a row up to that last value is among the holders. Keys never leave their shard, so the shards of others need not wait.
 *
 * PostgreSQL's xmin would say the same at a higher price: it counts every open transaction of the whole server, and a
 * handler that takes a minute would hold back the events of every service beside it.
 */

/**
 * Advisory lock keys have 32 bits. The lower ones are the floor, which is compared with the last value and never that far
 * from it: 134 million rows. Above them is the number of the shard plus one; 0 stands for all shards, as before there
 * was a floor for each.
 */
const FLOOR_BITS = 27;
const FLOOR_MASK = (1n << BigInt(FLOOR_BITS)) - 1n;

/** Ends a transaction that appended and was left open, where neither database nor service has a bound; milliseconds. */
const IDLE_MS_MAX = 60_000;
const IDLE_TIMEOUT = 'idle_in_transaction_session_timeout';

const LAST_VALUE = `(last_value - CASE WHEN is_called THEN 0 ELSE 1 END)`;

/**
 * A floor for each shard of the given keys, an expression of type text[]. A later append of the same transaction keeps the first floor of a shard, and
 * takes the same lock again: no second entry.
 */
export function takeFloors(keys: string): string {
  return `
  SELECT pg_advisory_xact_lock_shared(
           ${LOCK_SPACE.append},
           ((shard + 1)::bigint << ${FLOOR_BITS}
             | set_config(setting, coalesce(nullif(current_setting(setting, true), ''), (${LAST_VALUE} & ${FLOOR_MASK})::text),
                          true)::bigint)::bit(32)::int),
         CASE current_setting('${IDLE_TIMEOUT}') WHEN '0' THEN set_config('${IDLE_TIMEOUT}', '${IDLE_MS_MAX}', true) END
    FROM (SELECT DISTINCT ${SHARD_OF_KEY} AS shard FROM unnest(${keys}) AS key) AS shards,
         LATERAL (SELECT 'outbox.floor_' || shard AS setting) AS named,
         outbox_seq_seq`;
}

const READ_LAST = `SELECT ${LAST_VALUE}::text AS last FROM outbox_seq_seq`;
const READ_FLOORS = `
  SELECT pid, objid::bigint::text AS key FROM pg_locks
   WHERE locktype = 'advisory' AND classid = ${LOCK_SPACE.append} AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** A transaction that appends holds its shard, or all of them, at its floor. */
export interface Appender {
  /** The server's process. */
  readonly pid: number;
  readonly key: bigint;
}

export interface Decided {
  /** For each shard: rows up to this sequence number are decided. */
  readonly upTo: readonly bigint[];
  readonly appenders: readonly Appender[];
}

export async function readDecided(session: DatabaseSession): Promise<Decided> {
  const [[sequence], holders] = (await session.queryAll(READ_LAST, READ_FLOORS)) as [[Sequence], Holder[]];
  return decidedOf(sequence, holders);
}

/** The same by two statements, the sequence first. */
export async function readDecidedBy(query: Query): Promise<Decided> {
  const [sequence] = await query<Sequence>(READ_LAST);
  return decidedOf(sequence!, await query<Holder>(READ_FLOORS));
}

interface Sequence {
  readonly last: string;
}

interface Holder {
  readonly pid: number;
  readonly key: string;
}

function decidedOf(sequence: Sequence, holders: readonly Holder[]): Decided {
  const appenders = holders.map(({ pid, key }) => ({ pid, key: BigInt(key) }));
  const keys = appenders.map(({ key }) => key);
  return { upTo: lowestFloors(BigInt(sequence.last), keys), appenders };
}

/** The shards that an appender holds back. */
export function shardsOf({ key }: Appender): readonly number[] {
  const shard = Number(key >> BigInt(FLOOR_BITS)) - 1;
  return shard >= 0 && shard < OUTBOX_SHARDS ? [shard] : EVERY_SHARD;
}

/** Turns keys back into sequence numbers, each the nearest one at or below the last value; for each shard the lowest. */
export function lowestFloors(last: bigint, keys: readonly bigint[]): bigint[] {
  const floors = EVERY_SHARD.map(() => last);
  for (const key of keys) {
    const floor = last - ((last - key) & FLOOR_MASK);
    for (const shard of shardsOf({ pid: 0, key })) if (floor < floors[shard]!) floors[shard] = floor;
  }
  return floors;
}

const EVERY_SHARD: readonly number[] = Array.from({ length: OUTBOX_SHARDS }, (_, shard) => shard);
