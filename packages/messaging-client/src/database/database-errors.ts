/**
 * What an error of PostgreSQL, of its driver or of the network says about the next attempt.
 *
 * - `unavailable`: the database cannot be reached or takes no work now, whatever the statement.
 * - `contention`: transactions conflicted; a retry is expected to succeed.
 * - `undecided`: a bound of ours ran out, or the session was over. A statement can cause that as well as the database, so a
 *   caller that counts failures has to find out which; see `FailureJudge`.
 */
export type DatabaseErrorKind = 'unavailable' | 'contention' | 'undecided';

/** Node's own, from connecting to a server or losing it. */
const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** By SQLSTATE, PostgreSQL's manual, appendix A. */
const SERVER_STATES: ReadonlyMap<string, DatabaseErrorKind> = new Map([
  ['25006', 'unavailable'], // read_only_sql_transaction: a standby, or a database that was made read-only
  ['28000', 'unavailable'], // invalid_authorization_specification: the login is rejected, whatever the statement
  ['28P01', 'unavailable'], // invalid_password
  ['3D000', 'unavailable'], // invalid_catalog_name: no database of that name
  ['57P01', 'unavailable'], // admin_shutdown
  ['57P02', 'unavailable'], // crash_shutdown
  ['57P03', 'unavailable'], // cannot_connect_now: it starts, or recovers
  ['57P04', 'unavailable'], // database_dropped
  ['57P05', 'unavailable'], // idle_session_timeout
  ['58000', 'unavailable'], // system_error
  ['58030', 'unavailable'], // io_error
  ['40001', 'contention'], // serialization_failure
  ['40P01', 'contention'], // deadlock_detected
  ['25P03', 'undecided'], // idle_in_transaction_session_timeout
  ['25P04', 'undecided'], // transaction_timeout
  ['55000', 'undecided'], // object_not_in_prerequisite_state: a database that takes no connections, and much else
  ['55P03', 'undecided'], // lock_not_available: lock_timeout, or NOWAIT
  ['57014', 'undecided'], // query_canceled: statement_timeout, or an operator
]);

const SERVER_CLASSES: ReadonlyMap<string, DatabaseErrorKind> = new Map([
  ['08', 'unavailable'], // connection exception
  ['53', 'unavailable'], // insufficient resources: connections, disk, memory
]);

/** Errors to which pg and TypeORM give no code. */
const DRIVER_MESSAGES: ReadonlyArray<readonly [message: string, kind: DatabaseErrorKind]> = [
  ['timeout exceeded when trying to connect', 'unavailable'],
  ['Connection terminated', 'unavailable'],
  ['Client has encountered a connection error', 'unavailable'],
  ['Client was closed and is not queryable', 'unavailable'],
  ['Driver not Connected', 'unavailable'],
  ['Cannot use a pool after calling end', 'unavailable'],
  ['Query read timeout', 'undecided'],
  // The connection was lost under a transaction, or a statement came after its transaction's end.
  ['Query runner already released', 'undecided'],
  ['query runner was already released', 'undecided'],
  // TypeORM reads the entities when it first reaches the database.
  ['No metadata for', 'undecided'],
];

/** A chain of causes is short; one that is a circle must end too. */
const CAUSES_MAX = 8;

/** `undefined`: an answer of the database, such as a violated constraint, or not an error of the database at all. */
export function databaseErrorKind(error: unknown): DatabaseErrorKind | undefined {
  for (const cause of causesOf(error)) {
    const kind = kindOf(cause);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Whether the database cannot be reached, or takes no work: the same statement may well succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return databaseErrorKind(error) === 'unavailable';
}

/** The error and what caused it, as far as it is worth looking. */
export function* causesOf(error: unknown): Generator<Error> {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth += 1) {
    yield cause;
    cause = cause.cause ?? (cause as { driverError?: unknown }).driverError;
  }
}

function kindOf(error: Error): DatabaseErrorKind | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') {
    // A PostgreSQL that listens on a Unix socket and is down.
    if (NETWORK_CODES.has(code) || (code === 'ENOENT' && syscall === 'connect')) return 'unavailable';
    const kind = SERVER_STATES.get(code) ?? (isSqlState(code) ? SERVER_CLASSES.get(code.slice(0, 2)) : undefined);
    if (kind !== undefined) return kind;
  }
  return DRIVER_MESSAGES.find(([message]) => error.message.includes(message))?.[1];
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code);
}
