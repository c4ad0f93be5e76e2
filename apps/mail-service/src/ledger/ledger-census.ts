import type { Query } from '@event-bus/messaging-client';
import { AdminProblem } from '@event-bus/service-kit';

/**
 * Event ids begin with their time in milliseconds: ids with the same ten characters (with the dash) were made within about four
 * seconds. So both sides of a comparison divide their ids in the same way, without a time of their own.
 */
const BUCKET = /^[0-9a-f]{8}-[0-9a-f]$/;

/** A bucket is four seconds: far above what one service sends. */
const BUCKET_ROWS_MAX = 20_000;

const DIGESTS = `
  SELECT left(event_id, 10) AS bucket, count(*)::integer AS mails,
         (count(*) FILTER (WHERE status = 'accepted'))::integer AS accepted,
         (count(*) FILTER (WHERE status = 'accepted' AND ambiguous))::integer AS ambiguous,
         coalesce(bit_xor(('x' || right(replace(event_id, '-', ''), 16))::bit(64)) FILTER (WHERE status = 'accepted'),
                  0::bit(64))::bigint::text AS digest
    FROM mail
   WHERE event_id >= $1 AND event_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$'
   GROUP BY 1 ORDER BY 1`;

/**
 * Of each bucket from the given one on: how many mails there are, and a digest of the event ids of those that the mail server has
 * accepted: the last 64 bits of each id, by exclusive or. Equal digests mean equal sets, without sending one id.
 */
export async function ledgerDigests(query: Query, { from = '' }: { readonly from?: string }): Promise<object> {
  if (!BUCKET.test(from)) throw notABucket('from');
  return { buckets: await query(DIGESTS, [from]) };
}

const ACCEPTED = `
  SELECT event_id FROM mail WHERE event_id >= $1 AND event_id < $2 AND status = 'accepted' ORDER BY event_id LIMIT $3`;

/** Event ids of one bucket whose mails the mail server has accepted. */
export async function acceptedMails(query: Query, { bucket = '' }: { readonly bucket?: string }): Promise<object> {
  if (!BUCKET.test(bucket)) throw notABucket('bucket');
  const rows = await query<{ event_id: string }>(ACCEPTED, [bucket, `${bucket}g`, BUCKET_ROWS_MAX]);
  return { eventIds: rows.map(({ event_id: eventId }) => eventId) };
}

function notABucket(field: string): AdminProblem {
  return new AdminProblem(400, 'invalid-request', `${field} must be the first ten characters of an event id.`, {
    fields: field,
  });
}
