import { olderThan } from '@event-bus/messaging-client';
import type { BoundedDelete } from '@event-bus/messaging-client';

/**
 * "Did you send it to me?" is asked within a year, and no longer are addresses kept without need. Longer than a record lies in its
 * topic, because the ledger knows a mail as sent when the inbox has forgotten it.
 */
export const MAIL_KEPT_MS = 365 * 24 * 60 * 60 * 1000;

/** Mails that have come to their end. One that waits, or that a process died at, is not decided yet. */
export const OLD_MAILS: BoundedDelete = {
  table: 'mail',
  where: `status IN ('accepted', 'rejected') AND ${olderThan('created_at', '$1')}`,
  values: [MAIL_KEPT_MS],
};
