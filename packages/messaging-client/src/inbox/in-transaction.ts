import type { DataSource, EntityManager } from 'typeorm';
import { MessagingError } from '../errors.ts';

/** What is used of pg's client. `readyForQuery` is not in its types. */
interface TransactionClient {
  getTransactionStatus(): string | null;
  readonly readyForQuery: boolean;
}

const ABORTED = 'E';

/**
 * A transaction that commits what was written in it, or fails.
 *
 * PostgreSQL answers the COMMIT of a transaction in which a statement failed with a ROLLBACK and no error. A handler that
 * catches the error of a statement and goes on would count as done with nothing written.
 */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  return dataSource.transaction(async (manager) => {
    const result = await work(manager);
    await refuseAborted(manager);
    return result;
  });
}

async function refuseAborted(manager: EntityManager): Promise<void> {
  const client = (await manager.queryRunner!.connect()) as TransactionClient;
  try {
    // A failed statement rejects before the server has said in which state the transaction is; a succeeding one does not.
    if (!client.readyForQuery) await manager.query('SELECT 1');
  } catch (cause) {
    throw aborted(cause);
  }
  if (client.getTransactionStatus() === ABORTED) throw aborted();
}

function aborted(cause?: unknown): MessagingError {
  return new MessagingError(
    'TRANSACTION_ABORTED',
    'a statement failed in this transaction and its error was caught; nothing of it can be committed',
    { cause },
  );
}
