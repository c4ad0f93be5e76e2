import {
  DEAD_LETTER_AUDIT_KEPT_MS,
  DEAD_LETTERS_KEPT_MS,
  INBOX_UNFINISHED_KEPT_MS,
  OUTBOX_AUDIT_KEPT_MS,
  PUBLISHED_ROWS_KEPT_MS,
  STARTED_ATTEMPTS_KEPT_MS,
} from '../limits.ts';
import { olderThan } from './bounded-delete.ts';
import type { BoundedDelete } from './bounded-delete.ts';

/** A handler of a group by the name of its event, and for how long the inbox knows what it has handled. */
export interface InboxWindow {
  readonly group: string;
  readonly handler: string;
  readonly keptMs: number;
}

/** Everything of a publisher's tables. A refusal goes when its row is published or dropped. */
export const OUTBOX_RETENTION: readonly BoundedDelete[] = [
  { table: 'outbox', where: olderThan('published_at', '$1'), values: [PUBLISHED_ROWS_KEPT_MS] },
  {
    table: 'outbox_refusal',
    where: 'NOT EXISTS (SELECT FROM outbox WHERE outbox.seq = outbox_refusal.seq AND published_at IS NULL)',
    values: [],
  },
  { table: 'outbox_audit', where: olderThan('at', '$1'), values: [OUTBOX_AUDIT_KEPT_MS] },
];

/** Only what is done. */
export function handledRows({ group, handler, keptMs }: InboxWindow): BoundedDelete[] {
  if (!Number.isFinite(keptMs)) return [];
  return [
    {
      table: 'inbox_message',
      where: `consumer_group = $1 AND handler = $2 AND state = 'done'
              AND ${olderThan('created_at', '$3')} AND ${olderThan('done_at', '$3')}`,
      values: [group, handler, keptMs],
    },
  ];
}

/**
 * A claim that was never confirmed is evidence of an effect that may have happened, and what was given up is not to be handled when its
 * record comes again. It stays as long as a dead letter or a parked record of its event.
 */
export function unfinishedRows({ group, handler, keptMs }: InboxWindow): BoundedDelete[] {
  if (!Number.isFinite(keptMs)) return [];
  return [
    {
      table: 'inbox_message',
      where: `consumer_group = $1 AND handler = $2 AND state <> 'done' AND ${olderThan('created_at', '$3')}
              AND NOT EXISTS (SELECT FROM dead_letter
                               WHERE dead_letter.consumer_group = $1 AND dead_letter.event_id = inbox_message.event_id)
              AND NOT EXISTS (SELECT FROM parked_record
                               WHERE parked_record.consumer_group = $1 AND parked_record.event_id = inbox_message.event_id)`,
      values: [group, handler, Math.max(keptMs, INBOX_UNFINISHED_KEPT_MS)],
    },
  ];
}

/** An open letter is never deleted: it is a record about which no operator has decided. */
export const RESOLVED_LETTERS: BoundedDelete = {
  table: 'dead_letter',
  where: `state <> 'open' AND ${olderThan('resolved_at', '$1')}`,
  values: [DEAD_LETTERS_KEPT_MS],
};

export const AUDIT_OF_DELETED_LETTERS: BoundedDelete = {
  table: 'dead_letter_audit',
  where: `${olderThan('at', '$1')} AND NOT EXISTS (SELECT FROM dead_letter WHERE dead_letter.id = dead_letter_id)`,
  values: [DEAD_LETTER_AUDIT_KEPT_MS],
};

/** Of partitions that no instance has taken since. */
export const FORGOTTEN_ATTEMPTS: BoundedDelete = {
  table: 'started_attempt',
  where: olderThan('started_at', '$1'),
  values: [STARTED_ATTEMPTS_KEPT_MS],
};

/** Everything of a consumer's tables. */
export function consumerRetention(windows: readonly InboxWindow[]): BoundedDelete[] {
  return [
    ...windows.flatMap((window) => [...handledRows(window), ...unfinishedRows(window)]),
    RESOLVED_LETTERS,
    AUDIT_OF_DELETED_LETTERS,
    FORGOTTEN_ATTEMPTS,
  ];
}
