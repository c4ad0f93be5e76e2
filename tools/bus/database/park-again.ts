import { storedRecordOf } from '../../../packages/messaging-client/src/envelope/stored-record.ts';
import { lockLane, valuesOf } from '../../../packages/messaging-client/src/parking/lane.ts';
import { settleLane } from '../../../packages/messaging-client/src/parking/settle-lane.ts';
import type { BusRecord } from '../broker/read-records.ts';
import { eventOf } from './look-into-inbox.ts';
import type { Database } from './open-database.ts';

/** As a redrive does it: due at once, at its offset's place in its lane. A record that is parked already stays as it is. */
const PARK = `
  INSERT INTO parked_record (consumer_group, topic, "partition", key, "offset", recorded_at, value, headers, event_id, event,
                             attempts, failures, due_at, error)
  VALUES ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), $7, $8, $9, $10, 0, 0, clock_timestamp(), $11)
  ON CONFLICT DO NOTHING`;

/** Gives records to a group once more, through its own database: no other group hears of them. */
export async function parkAgain(
  database: Database,
  group: string,
  records: readonly BusRecord[],
  by: string,
): Promise<void> {
  await database.transaction(async () => {
    for (const record of records) {
      const { topic, partition, message } = record;
      const lane = { group, topic, partition, key: message.key };
      const { offset, recordedAtMs, value, headers } = storedRecordOf(message);
      const event = eventOf(record);
      await lockLane(database.query, lane);
      await database.query(PARK, [
        ...valuesOf(lane),
        offset,
        recordedAtMs,
        value,
        JSON.stringify(headers),
        event?.id ?? null,
        event?.name ?? null,
        `replayed by ${by}`,
      ]);
      await settleLane(database.query, lane);
    }
  });
}
