import type { DataSource, EntityManager } from 'typeorm';
import { endConnection, terminateBackend } from './end-connection.ts';
import type { TransactionClient, TransactionRunner } from './end-connection.ts';
import { MessagingError } from '../errors.ts';
import { HANDLER_WRITE_MS_MAX } from '../limits.ts';

const ABORTED = 'E';

/** idle_in_transaction_session_timeout and transaction_timeout: PostgreSQL ends the session, and says why only once. */
const SESSION_ENDED_BY_TIMEOUT = new Set(['25P03', '25P04']);

/**
 * A transaction that commits what was written in it, or fails.
 *
 * PostgreSQL answers the COMMIT of a transaction in which a statement failed with a ROLLBACK and no error. A handler that
 * catches the error of a statement and goes on would count as done with nothing written.
 *
 * When the signal aborts, this rejects with its reason at once and the connection is closed, so nothing of the transaction
 * is committed and its manager is of no more use, whatever `work` still does.
 */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const runner = dataSource.createQueryRunner() as TransactionRunner;
  const held: Held = { since: undefined };
  if (signal === undefined) return runTransaction(runner, held, work);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    const client = runner.isReleased ? undefined : runner.databaseConnection;
    endConnection(runner, signal.reason as Error);
    if (client !== undefined && held.since !== undefined) {
      void terminateBackend(dataSource, client, performance.now() - held.since);
    }
    reject(signal.reason as Error);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  const result = runTransaction(runner, held, work, signal);
  result.catch(() => undefined);
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** For what a handler writes beside the client: it may hang, and others share the transaction or wait behind it. */
export async function inBoundedTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  const bound = new AbortController();
  const timer = setTimeout(() => bound.abort(tooSlow()), HANDLER_WRITE_MS_MAX);
  try {
    return await inTransaction(dataSource, work, bound.signal);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): MessagingError {
  const problem = `what a handler writes with its claim, confirmation or dead letter took over ${HANDLER_WRITE_MS_MAX} ms`;
  return new MessagingError('HANDLER_TIMED_OUT', problem);
}

interface Held {
  /** Since when the transaction has its connection, by performance.now(). */
  since: number | undefined;
}

async function runTransaction<Result>(
  runner: TransactionRunner,
  held: Held,
  work: (manager: EntityManager) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  let lost: (Error & { code?: string }) | undefined;
  const noteLoss = (error: Error): void => void (lost ??= error);
  let client: TransactionClient | undefined;
  try {
    client = await runner.connect();
    held.since = performance.now();
    client.on('error', noteLoss);
    signal?.throwIfAborted();
    await runner.startTransaction();
    const result = await work(runner.manager);
    signal?.throwIfAborted();
    await refuseAborted(runner.manager);
    await runner.commitTransaction();
    return result;
  } catch (error) {
    await rollBack(runner);
    if (lost !== undefined && SESSION_ENDED_BY_TIMEOUT.has(lost.code ?? '')) throw lost;
    throw error;
  } finally {
    await runner.release();
    client?.off('error', noteLoss);
  }
}

async function rollBack(runner: TransactionRunner): Promise<void> {
  if (runner.isReleased || !runner.isTransactionActive) return;
  try {
    await runner.rollbackTransaction();
  } catch (error) {
    // The state of the connection is unknown: no other caller may get it.
    endConnection(runner, error as Error);
  }
}

/** @throws TRANSACTION_ABORTED when a statement of the manager's transaction has failed, whatever became of its error */
export async function refuseAborted(manager: EntityManager): Promise<void> {
  const client = (manager.queryRunner as TransactionRunner).databaseConnection!;
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
