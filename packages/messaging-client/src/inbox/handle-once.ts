import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from '../database/in-transaction.ts';
import type { RecordContext, TransactionContext } from '../handler/record-context.ts';
import { handlerNameOf } from './inbox-rows.ts';

export interface OnceInTransaction {
  /**
   * Handles events that were not handled before, in one transaction.
   * @returns how many it got to, from the first on; all of them unless given
   */
  readonly handle: (fresh: readonly TransactionContext[], manager: EntityManager) => Promise<number | void>;
  /** Runs last, also when all of them were handled before. */
  readonly alsoWrite?: ((manager: EntityManager) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

export interface HandledOnce {
  /** Were handled now. */
  readonly handled: ReadonlySet<RecordContext>;
  /** Were not got to. */
  readonly left: ReadonlySet<RecordContext>;
}

const TAKE = `
  INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
  SELECT $1, handler, event_id, 'done', topic, "partition", "offset", clock_timestamp()
    FROM unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[])
      AS one (handler, event_id, topic, "partition", "offset")
  ON CONFLICT DO NOTHING
  RETURNING handler, event_id`;

/** The arrays by themselves are found along the primary key; as a join the whole table may be read while there are no statistics. */
const LEAVE = `
  DELETE FROM inbox_message
   WHERE consumer_group = $1 AND handler = ANY($2::text[]) AND event_id = ANY($3::text[])
     AND (handler, event_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))`;

/**
 * Handles events whose effects are in the database, each once: their inbox rows commit with what was written. A second delivery
 * at the same time waits at the row until the first has committed or rolled back.
 */
export async function handleOnce(
  dataSource: DataSource,
  contexts: readonly RecordContext[],
  { handle, alsoWrite, signal }: OnceInTransaction,
): Promise<HandledOnce> {
  return inTransaction(
    dataSource,
    async (manager) => {
      const fresh = await take(manager, contexts);
      const count = fresh.length === 0 ? 0 : ((await handle(fresh, manager)) ?? fresh.length);
      const left = fresh.slice(count);
      if (left.length > 0) await manager.query(LEAVE, [left[0]!.group, left.map(handlerNameOf), left.map(eventIdOf)]);
      await alsoWrite?.(manager);
      return { handled: new Set(fresh.slice(0, count)), left: new Set(left) };
    },
    signal,
  );
}

/** An event that comes twice among them is fresh once. */
async function take(manager: EntityManager, contexts: readonly RecordContext[]): Promise<TransactionContext[]> {
  const taken: Array<{ handler: string; event_id: string }> = await manager.query(TAKE, [
    contexts[0]!.group,
    contexts.map(handlerNameOf),
    contexts.map(eventIdOf),
    contexts.map(({ topic }) => topic),
    contexts.map(({ partition }) => partition),
    contexts.map(({ offset }) => offset),
  ]);
  const ids = new Set(taken.map((row) => `${row.handler} ${row.event_id}`));
  return contexts
    .filter((context) => ids.delete(`${handlerNameOf(context)} ${eventIdOf(context)}`))
    .map((context) => Object.assign(context, { manager }));
}

function eventIdOf({ event }: RecordContext): string {
  return event.id;
}
