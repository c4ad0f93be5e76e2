import { decodeHeaders } from '../../../packages/messaging-client/src/envelope/decode-record.ts';
import type { Query } from '../../../packages/messaging-client/src/database/query.ts';
import type { BusRecord } from '@event-bus/messaging-client/inspect';

/** `claimed`: its outside effect may have happened. `dead`: a dead letter; see `dead redrive`. */
export type InboxState = 'done' | 'not done' | 'claimed' | 'dead';

/** An inbox row is of a group, an event and an id; a handler is named like its event. */
const STATES = `
  SELECT handler, event_id AS id, state FROM inbox_message
   WHERE consumer_group = $3 AND (handler, event_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;

/** The inbox state of these records; no entry for a record that is not an event, and none at all without a database. */
export async function lookIntoInbox(
  query: Query | undefined,
  group: string,
  records: readonly BusRecord[],
): Promise<Map<BusRecord, InboxState>> {
  if (query === undefined || records.length === 0) return new Map();
  const events = records.flatMap((record) => {
    const event = eventOf(record);
    return event === undefined ? [] : [{ record, ...event }];
  });
  const rows = await query<{ handler: string; id: string; state: string }>(STATES, [
    events.map(({ name }) => name),
    events.map(({ id }) => id),
    group,
  ]);
  const stateOf = new Map(rows.map(({ handler, id, state }) => [`${handler} ${id}`, state]));
  return new Map(
    events.map(({ record, name, id }) => {
      const state = stateOf.get(`${name} ${id}`);
      const isKnown = state === 'done' || state === 'claimed' || state === 'dead';
      return [record, isKnown ? state : 'not done'];
    }),
  );
}

/** undefined for a record that consumers cannot read either. */
export function eventOf({ message }: BusRecord): { id: string; name: string } | undefined {
  try {
    return decodeHeaders(message);
  } catch {
    return undefined;
  }
}
