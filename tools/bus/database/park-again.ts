import { parkRecord } from '../../../packages/messaging-client/src/parking/park-record.ts';
import type { BusRecord } from '@event-bus/messaging-client/inspect';
import { eventOf } from './look-into-inbox.ts';
import type { Database } from './open-database.ts';

/** Delivers records to a group again, through its own database and due at once: no other group receives them. */
export async function parkAgain(
  database: Database,
  group: string,
  records: readonly BusRecord[],
  by: string,
): Promise<void> {
  const parking = { attempts: 0, failures: 0, dueInMs: 0, error: `replayed by ${by}` };
  await database.transaction(async () => {
    for (const record of records) {
      const { topic, partition, message } = record;
      const lane = { group, topic, partition, key: message.key };
      await parkRecord(database.query, lane, message, eventOf(record), parking);
    }
  });
}
