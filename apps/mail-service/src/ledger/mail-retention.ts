import { olderThan } from '@event-bus/messaging-client';
import type { BoundedDelete } from '@event-bus/messaging-client';

/**
 * Support is asked for a mail within a year; after that its address is not kept. Longer than a topic keeps a record, because
 * the ledger still knows that a mail was accepted when its inbox row is deleted.
 */
export const MAIL_KEPT_MS = 365 * 24 * 60 * 60 * 1000;

/** Accepted and rejected mails only. One that waits, or whose process died, is not decided yet. */
export const OLD_MAILS: BoundedDelete = {
  table: 'mail',
  where: `status IN ('accepted', 'rejected') AND ${olderThan('created_at', '$1')}`,
  values: [MAIL_KEPT_MS],
};
