import type { RecordContext } from '../handler/record-context.ts';
import type { Query } from '../database/query.ts';

/** The handler's name in the inbox is the event's name: a service has one handler for an event. */
export function handlerNameOf(record: RecordContext): string {
  return record.event.name;
}

/** The records that a statement is about, as its first six values; the group is the same for all of them. */
export const RECORDS = `
  (SELECT $6::text AS consumer_group, one.*
     FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[])
       AS one (handler, event_id, topic, "partition", "offset")) AS record`;

/**
 * Sends a statement that is about some records of one group and returns `handler, event_id` of some of them.
 * @returns for each record whether it is one of those
 */
export async function askOfMany(
  query: Query,
  statement: string,
  records: readonly RecordContext[],
  ...values: readonly unknown[]
): Promise<boolean[]> {
  const rows = await query<{ handler: string; event_id: string }>(statement, [
    records.map(handlerNameOf),
    records.map(({ event }) => event.id),
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => offset),
    records[0]!.group,
    ...values,
  ]);
  const found = new Set(rows.map((row) => `${row.handler} ${row.event_id}`));
  return records.map((record) => found.has(`${handlerNameOf(record)} ${record.event.id}`));
}
