import { createHash } from 'node:crypto';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import type { Query } from '../database/query.ts';

/** A lane as the database knows it. Records without a key share the one of their partition. */
export interface Lane {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
}

/** To be spread into the values of a statement that is about a lane: `$1` to `$4`. */
export function valuesOf({ group, topic, partition, key }: Lane): [string, string, number, Buffer | null] {
  return [group, topic, partition, key];
}

/** The column `lane` of a key. */
export function laneHashOf(key: Buffer | null): Buffer {
  return createHash('sha256')
    .update(key ?? '')
    .digest();
}

/** The rows of a lane, in parked_record and dead_letter alike. */
export const IN_LANE = `consumer_group = $1 AND topic = $2 AND "partition" = $3
   AND lane = sha256(coalesce($4::bytea, ''::bytea))`;

/**
 * A transaction that changes what is parked in a lane does so alone, until the end of the transaction: which row is the lane's
 * head must not be decided by two at once. Lanes that share a hash only wait for each other.
 */
export async function lockLane(query: Query, lane: Lane): Promise<void> {
  await query(
    `SELECT pg_advisory_xact_lock(${LOCK_SPACE.lane}, hashtext($1 || '/' || $2 || '/' || $3::integer
            || '/' || encode(sha256(coalesce($4::bytea, ''::bytea)), 'hex')))`,
    valuesOf(lane),
  );
}
