import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { TopicDefinition } from '../event-definition.ts';
import { INBOX_CLEANUP_MS, INBOX_MARGIN_MS, INBOX_ROWS_DELETED_AT_ONCE } from '../limits.ts';
import { queryOf } from '../query.ts';
import type { Query } from '../query.ts';

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

/** Only what is done: a claim or a dead letter is somebody's open business. Rows that are in use are left for the next time. */
const FORGET = `
  DELETE FROM inbox_message
   WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM inbox_message
      WHERE consumer_group = $3 AND handler = $1 AND state = 'done'
        AND created_at < clock_timestamp() - $2::double precision * interval '1 millisecond'
        AND done_at < clock_timestamp() - $2::double precision * interval '1 millisecond'
      LIMIT ${INBOX_ROWS_DELETED_AT_ONCE}
      FOR UPDATE SKIP LOCKED))
  RETURNING 1`;

/** Deletes a bounded number of rows past their window. Tells whether there may be more. */
export async function forgetHandled(query: Query, { group, handler, keptMs }: InboxWindow): Promise<boolean> {
  if (!Number.isFinite(keptMs)) return false;
  const deleted = await query(FORGET, [handler, keptMs, group]);
  return deleted.length === INBOX_ROWS_DELETED_AT_ONCE;
}

/** Keeps the inbox from growing for ever, a batch at a time and now and then, in every instance. */
@Injectable()
export class InboxCleanup {
  readonly #logger = new Logger('Inbox');
  readonly #dataSource: DataSource;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(@Inject(DataSource) dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  start(windows: readonly InboxWindow[]): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#cleanUp(windows).finally(() => (this.#running = undefined));
    }, INBOX_CLEANUP_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #cleanUp(windows: readonly InboxWindow[]): Promise<void> {
    try {
      for (const window of windows) {
        // Each batch is a transaction of its own, so that nothing waits for more than one of them.
        while (this.#timer !== undefined && (await forgetHandled(queryOf(this.#dataSource), window)));
      }
    } catch (error) {
      this.#logger.warn({ error: (error as Error).message }, 'the inbox was not cleaned up this time');
    }
  }
}
