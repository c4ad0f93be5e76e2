import type { DataSource } from 'typeorm';
import type { RecordContext } from '../handler/record-context.ts';
import { CallBatcher } from '../database/call-batcher.ts';
import { INBOX_ROWS_AT_ONCE_MAX } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { askOfMany, RECORDS } from './inbox-rows.ts';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';

/** By LIMIT each record is looked up along the primary key; as a join it may read the whole table while there are no statistics. */
const HANDLED = `
  SELECT record.handler, record.event_id FROM ${RECORDS}
   CROSS JOIN LATERAL (SELECT FROM inbox_message AS inbox
                        WHERE inbox.consumer_group = record.consumer_group AND inbox.handler = record.handler
                          AND inbox.event_id = record.event_id AND inbox.state IN ('done', 'dead') LIMIT 1) AS handled`;

const NOTE = `
  INSERT INTO inbox_message AS inbox (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
  SELECT consumer_group, handler, event_id, 'done', topic, "partition", "offset", clock_timestamp() FROM ${RECORDS}
  ON CONFLICT (consumer_group, handler, event_id)
    DO UPDATE SET state = 'done', done_at = excluded.done_at WHERE inbox.state = 'claimed'
  RETURNING handler, event_id`;

/**
 * For handlers whose effect may be repeated without harm. The inbox is checked before the handler and recorded after it, by statements that are about
 * all records which are so far at that moment: what is handled is not handled again, unless the process ends in between.
 */
export class RepeatableEffects {
  readonly #dataSource: DataSource;
  readonly #handled: CallBatcher<RecordContext, boolean>;
  readonly #notes: CallBatcher<RecordContext, boolean>;

  constructor(dataSource: DataSource) {
    const query = queryOf(dataSource);
    this.#dataSource = dataSource;
    this.#handled = new CallBatcher(INBOX_ROWS_AT_ONCE_MAX, async (records) => askOfMany(query, HANDLED, records));
    this.#notes = new CallBatcher(INBOX_ROWS_AT_ONCE_MAX, async (records) => askOfMany(query, NOTE, records));
  }

  /** @returns false when the event was handled before */
  async handle(record: RecordContext, handle: (context: RecordContext) => Promise<unknown>): Promise<boolean> {
    if (await this.#handled.add(record)) return false;
    await handle(record);
    await retryWhileUnavailable(this.#dataSource, async () => this.#notes.add(record), record.signal);
    return true;
  }
}
