import type { DataSource, EntityManager } from 'typeorm';
import type { RecordContext, TransactionContext } from '../handler/record-context.ts';
import { inTransaction } from '../database/in-transaction.ts';
import { handlerNameOf } from './inbox-rows.ts';

export interface BatchEntry {
  readonly payload: unknown;
  readonly context: RecordContext;
}

const TAKE_ALL = `
  INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
  SELECT $6, $1, event_id, 'done', $2, "partition", "offset", clock_timestamp()
    FROM unnest($3::text[], $4::integer[], $5::bigint[]) AS batch (event_id, "partition", "offset")
  ON CONFLICT DO NOTHING
  RETURNING event_id`;

/**
 * Runs a batch handler once for each event: the inbox rows of all of them commit with what it wrote. Those that were
 * handled before are left out, and one that comes twice in the batch is in it once.
 * @returns which entries were handled now
 */
export async function handleBatchOnce(
  dataSource: DataSource,
  entries: readonly BatchEntry[],
  handle: (payloads: unknown[], contexts: TransactionContext[]) => Promise<unknown>,
): Promise<Set<BatchEntry>> {
  const work = async (manager: EntityManager): Promise<Set<BatchEntry>> => {
    const contexts = entries.map(({ context }) => context);
    const taken: Array<{ event_id: string }> = await manager.query(TAKE_ALL, [
      handlerNameOf(contexts[0]!),
      contexts[0]!.topic,
      contexts.map(({ event }) => event.id),
      contexts.map(({ partition }) => partition),
      contexts.map(({ offset }) => offset),
      contexts[0]!.group,
    ]);
    const ids = new Set(taken.map((row) => row.event_id));
    const fresh = entries.filter(({ context }) => ids.delete(context.event.id));
    if (fresh.length > 0) {
      await handle(
        fresh.map(({ payload }) => payload),
        fresh.map(({ context }) => ({ ...context, manager })),
      );
    }
    return new Set(fresh);
  };
  return inTransaction(dataSource, work, entries[0]!.context.signal);
}
