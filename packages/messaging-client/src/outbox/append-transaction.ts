import type { EntityManager } from 'typeorm';
import { queryOf } from '../database/query.ts';
import type { Query } from '../database/query.ts';

/**
 * A transaction that `append()` writes in: the manager of TypeORM's, a client of `pg` after BEGIN, Kysely's `Transaction`, or
 * a TransactionExecutor around anything else. All are known by their shape, so none of these libraries is imported. What
 * cannot show that a transaction is open (a pool, a `Kysely` without one) is refused by the compiler, or else by `append()`.
 */
export type AppendTransaction = TypeOrmTransaction | PgTransaction | KyselyTransaction | TransactionExecutor;

/** The seam for a library that is not known here. Pass the same object for as long as the transaction lasts. */
export interface TransactionExecutor {
  /** Sends one statement, with `$1`, `$2` … for its values, by the connection of the transaction. @returns its rows */
  query(statement: string, values: unknown[]): Promise<object[]>;
  /** Whether the transaction is open now; read at each append. */
  isTransactionActive(): boolean;
}

/** By its type, `transaction` distinguishes it from a pool of pg. */
export type TypeOrmTransaction = Pick<EntityManager, 'query' | 'queryRunner' | 'transaction'>;

/** `Client` and `PoolClient` of pg, as of 8.21; a pool has no `getTransactionStatus()`. */
export interface PgTransaction {
  /** pg's own. */
  query(statement: string, values: unknown[]): Promise<{ rows: object[] }>;
  /** `I`: idle, `T`: in a transaction, `E`: in one that has failed. */
  getTransactionStatus(): string | null;
}

/** `Transaction` and `ControlledTransaction` of Kysely. Both reject what is sent after they have ended. */
export interface KyselyTransaction {
  readonly isTransaction: true;
  /** Kysely's own. */
  executeQuery(query: KyselyStatement): Promise<{ rows: unknown[] }>;
}

interface KyselyStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: {
    readonly kind: 'RawNode';
    readonly sqlFragments: readonly string[];
    readonly parameters: readonly never[];
  };
  readonly queryId: { readonly queryId: string };
}

/** How to send a statement in the transaction; undefined when it is not one, or has ended. */
export function queryIn(transaction: AppendTransaction): Query | undefined {
  if ('isTransactionActive' in transaction) {
    if (!transaction.isTransactionActive()) return undefined;
    return async (statement, values = []) => transaction.query(statement, [...values]) as Promise<never[]>;
  }
  if ('getTransactionStatus' in transaction) {
    const status = transaction.getTransactionStatus();
    if (status !== 'T' && status !== 'E') return undefined;
    return async (statement, values = []) => (await transaction.query(statement, [...values])).rows as never[];
  }
  if ('isTransaction' in transaction) {
    if (!transaction.isTransaction) return undefined;
    return async (statement, values = []) =>
      (await transaction.executeQuery(kyselyStatement(statement, values))).rows as never[];
  }
  return transaction.queryRunner?.isTransactionActive === true ? queryOf(transaction) : undefined;
}

/** As `CompiledQuery.raw()` makes it. */
function kyselyStatement(sql: string, parameters: readonly unknown[]): KyselyStatement {
  return {
    sql,
    parameters,
    query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
    queryId: { queryId: 'append' },
  };
}
