import type { ClientBase } from 'pg';
import type { EntityManager } from 'typeorm';

/**
 * Sends one statement and gives its rows. What works on tables alone takes one of these, so that it serves a service's
 * TypeORM transaction and an operator's tool with a plain connection alike.
 */
export type Query = <Row extends object>(statement: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Queries by TypeORM: in the transaction of a manager, or on a connection of a data source's pool. */
export function queryOf(manager: Pick<EntityManager, 'query'>): Query {
  return async <Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const result: unknown = await manager.query(statement, [...values]);
    // TypeORM answers UPDATE and DELETE with the rows and their count, everything else with the rows.
    const counted = Array.isArray(result) && Array.isArray(result[0]);
    return (counted ? (result as [Row[]])[0] : result) as Row[];
  };
}

/** Queries by a client of pg. */
export function queryOfClient(client: ClientBase): Query {
  return async <Row extends object>(statement: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(statement, [...values])).rows;
}
