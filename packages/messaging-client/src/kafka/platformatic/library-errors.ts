import { findErrorBy, GenericError } from '@platformatic/kafka';

/**
 * The protocol's names for what brokers said, anywhere in an error: the library nests them in collections of errors, one
 * for each partition and each attempt.
 */
export function* protocolNames(error: unknown): Iterable<string> {
  if (!(error instanceof Error)) return;
  const { apiId } = error as { apiId?: unknown };
  if (typeof apiId === 'string') yield apiId;
  // Of a topic that is not there the library says so in words alone.
  if (error.message.startsWith('Unknown topic ')) yield 'UNKNOWN_TOPIC_OR_PARTITION';
  if (error instanceof AggregateError) for (const one of error.errors) yield* protocolNames(one);
  yield* protocolNames(error.cause);
}

/** Final by the library's reckoning, and yet part of how groups settle and topics come to be. */
const PASSING = new Set([
  'MEMBER_ID_REQUIRED',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/** Whether it may pass by itself. An error that is not the library's own is a bug, which a new member may not meet. */
export function isPassing(error: unknown): boolean {
  for (const name of protocolNames(error)) if (PASSING.has(name)) return true;
  return error instanceof Error && GenericError.isGenericError(error) && findErrorBy(error, 'canRetry', false) === null;
}

/** What somebody who reads it can use: the library's own words are that something failed so many times. */
export function readable(error: unknown): Error {
  return new Error([...new Set(reasons(error))].join('; '), { cause: error });
}

/** Rejects with an error that can be read. */
export async function readably<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw readable(error);
  }
}

function* reasons(error: unknown): Iterable<string> {
  if (error instanceof AggregateError) for (const one of error.errors) yield* reasons(one);
  else if (error instanceof Error && error.cause !== undefined) yield* reasons(error.cause);
  else yield error instanceof Error ? error.message : String(error);
}
