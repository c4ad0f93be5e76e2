import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager } from 'typeorm';

const current = new AsyncLocalStorage<EntityManager>();

/**
 * A transaction for the effect of a request. With an idempotency key it is the transaction in which the answer is stored,
 * so that both exist or neither; it is committed after the handler has returned.
 */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  const manager = current.getStore();
  return manager === undefined ? dataSource.transaction(work) : work(manager);
}

/** Runs a handler whose `inTransaction` uses the transaction of this manager. */
export function withTransaction<Result>(manager: EntityManager, handler: () => Result): Result {
  return current.run(manager, handler);
}
