/** What the broker rejects: everything for a topic, or certain records. */
export type Rejected = 'topic' | 'record';

/** By the protocol's names of errors. An operator has to change a setting. */
const REJECTED: Readonly<Record<string, Rejected>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'topic',
  INVALID_TOPIC_EXCEPTION: 'topic',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  MESSAGE_TOO_LARGE: 'record',
  RECORD_LIST_TOO_LARGE: 'record',
  INVALID_RECORD: 'record',
  CORRUPT_MESSAGE: 'record',
};

/** The broker rejects these records however often they are sent; it is neither unavailable nor busy. */
export class RecordsRejected extends Error {
  override readonly name = 'RecordsRejected';
  readonly rejected: Rejected;

  constructor(rejected: Rejected, cause: Error) {
    super(cause.message, { cause });
    this.rejected = rejected;
  }
}

/** The error of a failed send, given the protocol's names of what the broker answered. */
export function sendErrorOf(error: Error, names: Iterable<string>): Error {
  for (const name of names) {
    const rejected = REJECTED[name];
    if (rejected !== undefined) return new RecordsRejected(rejected, error);
  }
  return error;
}
