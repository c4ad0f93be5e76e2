import type { DatabaseSession } from '../database/session.ts';
import type { PublishedRecord } from './publish-records.ts';

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
