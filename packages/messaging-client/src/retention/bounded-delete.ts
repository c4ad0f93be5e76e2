import { ROWS_DELETED_AT_ONCE } from '../limits.ts';
import type { Query } from '../database/query.ts';

/** What is deleted of a table, and when; a condition on its rows. */
export interface BoundedDelete {
  readonly table: string;
  /** SQL on the table's columns, with `$1` and so on for the values. What is named in it must not come from outside. */
  readonly where: string;
  readonly values: readonly unknown[];
}

/** SQL: the column is older than so many milliseconds, a value of the statement. */
export function olderThan(column: string, place: string): string {
  return `${column} < clock_timestamp() - ${place}::double precision * interval '1 millisecond'`;
}

/**
 * Deletes a bounded number of rows, which is a transaction of its own. Rows that are in use are left for the next time, so two
 * instances may do it at once and do not wait for each other.
 * @returns whether there may be more
 */
export async function deleteSome(query: Query, { table, where, values }: BoundedDelete): Promise<boolean> {
  const deleted = await query(
    `DELETE FROM ${table}
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM ${table} WHERE ${where} LIMIT ${ROWS_DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED))
     RETURNING 1`,
    values,
  );
  return deleted.length === ROWS_DELETED_AT_ONCE;
}
