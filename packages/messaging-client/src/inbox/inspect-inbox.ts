import type { Query } from '../database/query.ts';
import { isOfService } from '../database/groups-of-service.ts';
import { INBOX_COUNT_WINDOW_MS, INBOX_ROWS_COUNTED_MAX } from '../limits.ts';

export interface InboxRow {
  readonly group: string;
  readonly handler: string;
  readonly eventId: string;
  /** `claimed`: an outside effect may have happened. `released`: it did not. `dead`: given up. */
  readonly state: 'done' | 'claimed' | 'released' | 'dead';
  readonly attempts: number;
  /** Attempts of an outside effect whose outcome is unknown. */
  readonly unconfirmed: number;
  readonly inDoubt: boolean;
  readonly topic: string;
  readonly partition: number;
  /** int64 as text */
  readonly offset: string;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
}

export interface InboxCount {
  readonly group: string;
  readonly handler: string;
  readonly state: InboxRow['state'];
  readonly rows: number;
}

const COUNTS = `
  SELECT consumer_group AS "group", handler, state, count(*)::integer AS rows
    FROM (SELECT consumer_group, handler, state FROM inbox_message
           WHERE ${isOfService('$1')} AND created_at > clock_timestamp() - ${INBOX_COUNT_WINDOW_MS} * interval '1 millisecond'
           LIMIT ${INBOX_ROWS_COUNTED_MAX}) AS newest
   GROUP BY consumer_group, handler, state ORDER BY handler, consumer_group, state`;

/** Of the last INBOX_COUNT_WINDOW_MS; INBOX_ROWS_COUNTED_MAX rows are counted at most. */
export async function countInbox(query: Query, service: string): Promise<InboxCount[]> {
  return query<InboxCount>(COUNTS, [service]);
}

const COLUMNS = `
  consumer_group AS "group", handler, event_id AS "eventId", state, attempts, unconfirmed, in_doubt AS "inDoubt", topic,
  "partition", "offset", created_at AS "createdAt", done_at AS "doneAt"`;

const OF_EVENTS = `
  SELECT ${COLUMNS} FROM inbox_message WHERE ${isOfService('$1')} AND event_id = ANY($2)
   ORDER BY event_id, handler, consumer_group LIMIT $3`;

const UNCONFIRMED = `
  SELECT ${COLUMNS} FROM inbox_message
   WHERE ${isOfService('$1')} AND state = 'claimed' AND unconfirmed > 0
     AND ($2::text IS NULL OR (handler, event_id, consumer_group) > ($2, $3, $4))
   ORDER BY handler, event_id, consumer_group LIMIT $5`;

/** What each handler of the service has done with these events. */
export async function findInboxRows(
  query: Query,
  service: string,
  eventIds: readonly string[],
  limit: number,
): Promise<InboxRow[]> {
  return query<InboxRow>(OF_EVENTS, [service, eventIds, limit]);
}

/** Claims whose outside effect may have happened, in the order of handler and event id. */
export async function listUnconfirmedClaims(
  query: Query,
  service: string,
  limit: number,
  after?: Pick<InboxRow, 'handler' | 'eventId' | 'group'>,
): Promise<InboxRow[]> {
  return query<InboxRow>(UNCONFIRMED, [
    service,
    after?.handler ?? null,
    after?.eventId ?? null,
    after?.group ?? null,
    limit,
  ]);
}
