import type { TopicDefinition } from '../event-definition.ts';
import { INBOX_MARGIN_MS } from '../limits.ts';

/** A handler of a group by the name of its event, and for how long the inbox knows what it has handled. */
export interface InboxWindow {
  readonly group: string;
  readonly handler: string;
  readonly keptMs: number;
}

/**
 * As long as a record may lie in its topic it may be read again: after a restart, by a replay, by a group that is reset. The
 * broker deletes whole segments, so records outlive their retention.
 */
export function inboxWindowOf({ retentionMs }: TopicDefinition): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + INBOX_MARGIN_MS;
}
