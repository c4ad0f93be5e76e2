import type { DatabaseSession } from '../database-session.ts';
import { OUTBOX_AUDIT_KEPT_MS, PUBLISHED_ROWS_KEPT_MS } from '../limits.ts';
import { deleteSome, olderThan } from '../retention/bounded-delete.ts';
import type { BoundedDelete } from '../retention/bounded-delete.ts';

const RULES: readonly BoundedDelete[] = [
  { table: 'outbox', where: olderThan('published_at', '$1'), values: [PUBLISHED_ROWS_KEPT_MS] },
  // Of rows that were published or dropped since.
  {
    table: 'outbox_refusal',
    where: 'NOT EXISTS (SELECT FROM outbox WHERE outbox.seq = outbox_refusal.seq AND published_at IS NULL)',
    values: [],
  },
  { table: 'outbox_audit', where: olderThan('at', '$1'), values: [OUTBOX_AUDIT_KEPT_MS] },
];

/**
 * Deletes published rows past their time, and what is kept about refused ones, a bounded number of each. By the session of
 * the relay, which a service has that listens to nothing.
 * @returns whether there may be more
 */
export async function forgetPublished(session: DatabaseSession): Promise<boolean> {
  let more = false;
  for (const rule of RULES) {
    more = (await deleteSome(async (statement, values) => session.query(statement, values), rule)) || more;
  }
  return more;
}
