import type { DataSource, EntityManager } from 'typeorm';
import type { RecordContext, TransactionContext } from '../handler/record-context.ts';
import { handlerNameOf } from './inbox-rows.ts';
import { inTransaction } from '../database/in-transaction.ts';

const TAKE = `
  INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
  VALUES ($1, $2, $3, 'done', $4, $5, $6, clock_timestamp())
  ON CONFLICT DO NOTHING
  RETURNING 1`;

/**
 * Runs a handler whose effects are in the database, once: its inbox row commits with what it wrote. A second delivery
 * at the same time waits at the row until the first has committed or rolled back. `alsoWrite` runs last, and for a
 * repetition as well.
 * @returns false when the event was handled before
 */
export async function handleOnce(
  dataSource: DataSource,
  record: RecordContext,
  handle: (context: TransactionContext) => Promise<unknown>,
  alsoWrite?: (manager: EntityManager) => Promise<void>,
): Promise<boolean> {
  const work = async (manager: EntityManager): Promise<boolean> => {
    const taken: unknown[] = await manager.query(TAKE, [
      record.group,
      handlerNameOf(record),
      record.event.id,
      record.topic,
      record.partition,
      record.offset,
    ]);
    const first = taken.length > 0;
    if (first) await handle({ ...record, manager });
    await alsoWrite?.(manager);
    return first;
  };
  return inTransaction(dataSource, work, record.signal);
}
