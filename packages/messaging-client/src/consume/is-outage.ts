import { MessagingError, TransientError } from '../errors.ts';

/** Node's own, from connecting to a server or losing it. */
const CONNECTION_ERRORS = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** PostgreSQL's, by SQLSTATE (appendix A of its manual): it is going, coming or full, or somebody was in the way. */
const SERVER_STATES = new Set([
  '25006', // read_only_sql_transaction: a standby that has not been promoted yet
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement time-out
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);
const CONNECTION_EXCEPTION_CLASS = '08';
const INSUFFICIENT_RESOURCES_CLASS = '53';

/** pg and TypeORM give these no code. */
const DRIVER_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Driver not Connected',
  'Query runner already released',
  'query runner was already released',
  'Cannot use a pool after calling end',
];

/** A chain of causes is short; one that bites its own tail must not hold us. */
const CAUSES_MAX = 8;

/**
 * Whether something is away or busy that will be back: then the failure says nothing about the record, and does not
 * count towards giving it up. That includes whatever a handler calls over the network.
 */
export function isOutage(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth += 1) {
    if (isAway(cause)) return true;
    cause = cause.cause ?? (cause as { driverError?: unknown }).driverError;
  }
  return false;
}

function isAway(error: Error): boolean {
  if (error instanceof TransientError) return true;
  if (error instanceof MessagingError) return error.code === 'CLAIM_HELD_ELSEWHERE' || error.code === 'NOT_PRESENT';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') {
    if (CONNECTION_ERRORS.has(code) || SERVER_STATES.has(code)) return true;
    if (/^[0-9A-Z]{5}$/.test(code)) {
      return code.startsWith(CONNECTION_EXCEPTION_CLASS) || code.startsWith(INSUFFICIENT_RESOURCES_CLASS);
    }
  }
  return DRIVER_MESSAGES.some((message) => error.message.includes(message));
}
