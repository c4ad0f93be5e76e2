import type { DatabaseSession } from '../database-session.ts';
import type { PublishedRecord } from '../kafka/publish-records.ts';
import { OUTBOX_AUDIT_KEPT_MS, PUBLISHED_ROWS_DELETED_AT_ONCE, PUBLISHED_ROWS_KEPT_MS } from '../limits.ts';

const MARK = `
  UPDATE outbox
     SET published_at = clock_timestamp(), "partition" = sent."partition", "offset" = sent."offset"
    FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS sent (seq, "partition", "offset")
   WHERE outbox.seq = sent.seq`;

/** A crash before this repeats the batch; it can never lose one. */
export async function markOutboxPublished(session: DatabaseSession, sent: readonly PublishedRecord[]): Promise<void> {
  await session.query(MARK, [
    sent.map(({ seq }) => seq),
    sent.map(({ partition }) => partition),
    sent.map(({ offset }) => offset),
  ]);
}

const FORGET = `
  DELETE FROM outbox
   WHERE seq IN (SELECT seq FROM outbox
                  WHERE published_at < clock_timestamp() - $1::double precision * interval '1 millisecond'
                  ORDER BY published_at LIMIT ${PUBLISHED_ROWS_DELETED_AT_ONCE}
                  FOR UPDATE SKIP LOCKED)
  RETURNING 1`;

/** Those that were published or dropped since. */
const FORGET_REFUSALS = `
  DELETE FROM outbox_refusal
   WHERE NOT EXISTS (SELECT FROM outbox WHERE outbox.seq = outbox_refusal.seq AND published_at IS NULL)`;

const FORGET_AUDIT = `
  DELETE FROM outbox_audit
   WHERE id IN (SELECT id FROM outbox_audit
                 WHERE at < clock_timestamp() - ${OUTBOX_AUDIT_KEPT_MS} * interval '1 millisecond'
                 ORDER BY at LIMIT ${PUBLISHED_ROWS_DELETED_AT_ONCE})`;

/** Deletes published rows past their time, a bounded number at once, and what is kept about refused ones. Tells whether there may be more. */
export async function forgetPublished(session: DatabaseSession, keptMs = PUBLISHED_ROWS_KEPT_MS): Promise<boolean> {
  await session.queryAll(FORGET_REFUSALS, FORGET_AUDIT);
  const forgotten = await session.query(FORGET, [keptMs]);
  return forgotten.length === PUBLISHED_ROWS_DELETED_AT_ONCE;
}
