import { olderThan } from '@event-bus/messaging-client';
import type { BoundedDelete } from '@event-bus/messaging-client';

/** Support is asked for a text within a year; after that its number is not kept. */
export const TEXT_KEPT_MS = 365 * 24 * 60 * 60 * 1000;

export const OLD_TEXTS: BoundedDelete = {
  table: 'text_message',
  where: olderThan('created_at', '$1'),
  values: [TEXT_KEPT_MS],
};
