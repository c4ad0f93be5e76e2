import type { Query } from '../database/query.ts';
import { IN_LANE, valuesOf } from './lane.ts';
import type { Lane } from './lane.ts';

/**
 * Only the head of a lane has a due time, and it has none while an open dead letter before it holds the lane. A row
 * that becomes the head is due at once; one that is put behind another loses its time.
 */
const SETTLE = `
  WITH head AS (
    SELECT id, "offset" FROM parked_record WHERE ${IN_LANE} ORDER BY "offset", id LIMIT 1
  ), hold AS (
    SELECT min("offset") AS "offset" FROM dead_letter WHERE ${IN_LANE} AND state = 'open' AND policy = 'hold'
  ), free AS (
    SELECT head.id FROM head, hold WHERE hold."offset" IS NULL OR head."offset" <= hold."offset"
  ), changed AS (
    SELECT id FROM free
    UNION
    SELECT id FROM parked_record WHERE ${IN_LANE} AND due_at IS NOT NULL
  )
  UPDATE parked_record
     SET due_at = CASE WHEN parked_record.id IN (SELECT id FROM free)
                       THEN coalesce(parked_record.due_at, clock_timestamp()) END
   WHERE parked_record.id IN (SELECT id FROM changed)`;

/** To be called after every change of a lane, under its lock. */
export async function settleLane(query: Query, lane: Lane): Promise<void> {
  await query(SETTLE, valuesOf(lane));
}
