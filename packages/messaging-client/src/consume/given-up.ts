import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';

/** Thrown in an attempt when there is no use in another one: the record becomes a dead letter. */
export class GivenUp extends Error {
  readonly reason: DeadLetterReason;
  /** What its dead letter says. */
  readonly error: Error;

  constructor(reason: DeadLetterReason, error: Error) {
    super(error.message, { cause: error });
    this.reason = reason;
    this.error = error;
  }
}
