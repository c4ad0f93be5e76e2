import type { DatabaseSession } from '../database/session.ts';
import type { PublishedRecord } from './publish-records.ts';

const MARK = `
  UPDATE outbox
     SET published_at = clock_timestamp(), "partition" = sent."partition", "offset" = sent."offset"
    FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS sent (seq, "partition", "offset")
   WHERE outbox.seq = sent.seq
  RETURNING extract(epoch FROM published_at - created_at)::float8 AS seconds`;

/**
 * A crash before this repeats the batch; it can never lose one.
 * @returns for how many seconds each row had waited since it was appended, by the clock of the database
 */
export async function markOutboxPublished(
  session: DatabaseSession,
  sent: readonly PublishedRecord[],
): Promise<number[]> {
  const marked = await session.query<{ seconds: number }>(MARK, [
    sent.map(({ seq }) => seq),
    sent.map(({ partition }) => partition),
    sent.map(({ offset }) => offset),
  ]);
  return marked.map(({ seconds }) => seconds);
}
