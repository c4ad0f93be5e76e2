import type { Query } from '../database/query.ts';
import { PAYLOAD_READ_BYTES_MAX } from '../limits.ts';

const FIELDS = `
  SELECT id AS "eventId",
         (SELECT value FROM unnest($2::text[]) WITH ORDINALITY AS path (name, place),
                 LATERAL (SELECT payload #>> string_to_array(name, '.') AS value) AS field
           WHERE value IS NOT NULL ORDER BY place LIMIT 1) AS value
    FROM outbox WHERE id = ANY($1::uuid[]) AND payload_bytes <= ${PAYLOAD_READ_BYTES_MAX}`;

/**
 * Of each event the first of these fields that its payload has, as text, by event id.
 * @param fields names, or paths such as `customer.email`
 * @returns nothing of an event without such a field, without a row, or with a payload above PAYLOAD_READ_BYTES_MAX
 */
export async function readPayloadFields(
  query: Query,
  eventIds: readonly string[],
  fields: readonly string[],
): Promise<Map<string, string>> {
  const rows = await query<{ eventId: string; value: string | null }>(FIELDS, [eventIds, fields]);
  return new Map(rows.flatMap(({ eventId, value }) => (value === null ? [] : [[eventId, value] as const])));
}
