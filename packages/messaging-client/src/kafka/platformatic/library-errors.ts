import { findErrorBy, GenericError } from '@platformatic/kafka';

/**
 * The protocol's names of broker errors, anywhere in an error: the library nests them in collections, one for each partition and
 * each attempt.
 */
export function* protocolNames(error: unknown): Iterable<string> {
  if (!(error instanceof Error)) return;
  const { apiId } = error as { apiId?: unknown };
  if (typeof apiId === 'string') yield apiId;
  // For a missing topic the library has a message and no code.
  if (error.message.startsWith('Unknown topic ')) yield 'UNKNOWN_TOPIC_OR_PARTITION';
  if (error instanceof AggregateError) for (const one of error.errors) yield* protocolNames(one);
  yield* protocolNames(error.cause);
}

/** The library treats them as final, and yet they are part of a rebalance or of the creation of a topic. */
const TEMPORARY = new Set([
  'MEMBER_ID_REQUIRED',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/** Whether it may end by itself. An error that is not the library's is a bug, which a new member may not run into. */
export function isTemporary(error: unknown): boolean {
  for (const name of protocolNames(error)) if (TEMPORARY.has(name)) return true;
  return error instanceof Error && GenericError.isGenericError(error) && findErrorBy(error, 'canRetry', false) === null;
}

/** An error with the causes as its message: the library's says only that something failed so many times. */
export function readable(error: unknown): Error {
  return new Error([...new Set(reasons(error))].join('; '), { cause: error });
}

/** Rejects with a readable() error. */
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
