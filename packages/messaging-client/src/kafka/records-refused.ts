/** What it is about that the broker will not have: everything for a topic, or certain records. */
export type Refusal = 'topic' | 'record';

/** By the names that the protocol gives to errors. Somebody has to change a setting. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'topic',
  INVALID_TOPIC_EXCEPTION: 'topic',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  MESSAGE_TOO_LARGE: 'record',
  RECORD_LIST_TOO_LARGE: 'record',
  INVALID_RECORD: 'record',
  CORRUPT_MESSAGE: 'record',
};

/** The broker will not take these however often they are sent, rather than being away or busy. */
export class RecordsRefused extends Error {
  override readonly name = 'RecordsRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, cause: Error) {
    super(cause.message, { cause });
    this.refusal = refusal;
  }
}

/** What a send that failed is to reject with, given the protocol's names for what the broker said. */
export function sendError(error: Error, names: Iterable<string>): Error {
  for (const name of names) {
    const refusal = REFUSALS[name];
    if (refusal !== undefined) return new RecordsRefused(refusal, error);
  }
  return error;
}
