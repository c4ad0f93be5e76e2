/** Node's own, from connecting to a server or losing it. */
const CONNECTION_ERRORS = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** PostgreSQL's, by SQLSTATE (appendix A of its manual): it is going, coming, full, or gave up waiting. */
const SERVER_STATES = new Set([
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement time-out
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '25P03', // idle_in_transaction_session_timeout
]);
const CONNECTION_EXCEPTION_CLASS = '08';

/** pg and TypeORM give these no code. */
const DRIVER_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Driver not Connected',
  'Query runner already released',
  'Cannot use a pool after calling end',
  'No metadata for', // the entities are read when the database is first reached
];

/** Whether an error says that the database could not be asked, so that the same request may well succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') {
    if (CONNECTION_ERRORS.has(code) || SERVER_STATES.has(code)) return true;
    if (/^[0-9A-Z]{5}$/.test(code) && code.startsWith(CONNECTION_EXCEPTION_CLASS)) return true;
  }
  return DRIVER_MESSAGES.some((message) => error.message.includes(message)) || isDatabaseAway(error.cause);
}
