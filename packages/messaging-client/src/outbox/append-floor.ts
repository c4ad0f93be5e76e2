import type { DatabaseSession } from '../database-session.ts';
import { LOCK_SPACE } from '../presence.ts';

/**
 * How far the outbox is decided: every row up to here was committed or rolled back.
 *
 * A transaction that appends holds, until it ends, a shared advisory lock whose key is its floor: the sequence's last
 * value before its first row. So whatever it has appended lies above. Reading the sequence first and the locks second,
 * every open transaction that has a row up to that last value is among the holders.
 *
 * PostgreSQL's xmin would say the same at a higher price: it counts every open transaction of the whole server, and a
 * handler that takes a minute would hold back the events of every service beside it.
 */

/** Advisory lock keys are 32 bits; floors are compared with the last value, from which they are never that far. */
const KEY_BITS = 0x7fff_ffff;

const LAST_VALUE = `(last_value - CASE WHEN is_called THEN 0 ELSE 1 END)`;

/** A later append of the same transaction keeps the first floor, and takes the same lock again: no second entry. */
export const TAKE_FLOOR = `
  SELECT pg_advisory_xact_lock_shared(
           ${LOCK_SPACE.append},
           set_config('outbox.floor',
                      coalesce(nullif(current_setting('outbox.floor', true), ''), (${LAST_VALUE} & ${KEY_BITS})::text),
                      true)::int)
    FROM outbox_seq_seq`;

const READ_LAST = `SELECT ${LAST_VALUE}::text AS last FROM outbox_seq_seq`;
const READ_FLOORS = `
  SELECT objid::bigint::text AS key FROM pg_locks
   WHERE locktype = 'advisory' AND classid = ${LOCK_SPACE.append} AND objsubid = 2
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

export interface Decided {
  /** Rows up to this sequence number are decided. */
  readonly upTo: bigint;
  /** There are rows above, or will be as soon as somebody commits. */
  readonly someoneAppends: boolean;
}

export async function readDecided(session: DatabaseSession): Promise<Decided> {
  const [[sequence], holders] = (await session.queryAll(READ_LAST, READ_FLOORS)) as [
    [{ last: string }],
    Array<{ key: string }>,
  ];
  const last = BigInt(sequence.last);
  return {
    upTo: lowestFloor(
      last,
      holders.map(({ key }) => BigInt(key)),
    ),
    someoneAppends: holders.length > 0,
  };
}

/** Turns keys back into sequence numbers: each is the nearest one at or below the last value. */
export function lowestFloor(last: bigint, keys: readonly bigint[]): bigint {
  const behind = keys.map((key) => (last - key) & BigInt(KEY_BITS));
  return last - behind.reduce((most, one) => (one > most ? one : most), 0n);
}
