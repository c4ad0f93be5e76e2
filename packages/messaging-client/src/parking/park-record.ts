import { storedRecordOf } from '../envelope/stored-record.ts';
import type { KafkaRecord } from '../kafka/driver.ts';
import type { Query } from '../database/query.ts';
import type { NotedAttempt } from './noted-attempt.ts';
import { lockLane, valuesOf } from './lane.ts';
import type { Lane } from './lane.ts';
import { settleLane } from './settle-lane.ts';

/** How a record comes into its lane. */
export interface Parking {
  readonly attempts: number;
  readonly failures: number;
  readonly dueInMs: number;
  readonly error: string | null;
  /** `error.code` of the attempt that failed, where it is one of ours. */
  readonly errorCode?: string | null;
  /** None unless given. */
  readonly history?: readonly NotedAttempt[];
}

const PARK = `
  INSERT INTO parked_record (consumer_group, topic, "partition", key, "offset", recorded_at, value, headers, event_id,
                             event, attempts, failures, due_at, error,
                             error_code, history)
  VALUES ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), $7, $8, $9, $10, $11, $12,
          clock_timestamp() + $13::double precision * interval '1 millisecond', $14, $15, $16)
  ON CONFLICT DO NOTHING`;

/**
 * Puts a record at its offset's place in its lane; one that is parked already stays as it is. To be called in a
 * transaction, at whose end it is there.
 */
export async function parkRecord(
  query: Query,
  lane: Lane,
  message: KafkaRecord,
  event: { readonly id: string; readonly name: string } | undefined,
  { attempts, failures, dueInMs, error, errorCode = null, history = [] }: Parking,
): Promise<void> {
  const { offset, recordedAtMs, value, headers } = storedRecordOf(message);
  await lockLane(query, lane);
  await query(PARK, [
    ...valuesOf(lane),
    offset,
    recordedAtMs,
    value,
    JSON.stringify(headers),
    event?.id ?? null,
    event?.name ?? null,
    attempts,
    failures,
    dueInMs,
    error,
    errorCode,
    JSON.stringify(history),
  ]);
  await settleLane(query, lane);
}
