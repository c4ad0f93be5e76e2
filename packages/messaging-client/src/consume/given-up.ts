import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';
import { MessagingError, PermanentError } from '../errors.ts';

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

/** After so many attempts of which it is not known whether they acted, and the last of which failed with this error. */
export function outcomeUnknown(attempts: number, error: Error): GivenUp {
  const which = attempts === 1 ? 'an attempt' : `${attempts} attempts`;
  return new GivenUp(
    'permanent',
    new PermanentError(`the outcome of ${which} is unknown, the effect may have happened: ${error.message}`, {
      cause: new MessagingError('OUTCOME_UNKNOWN', 'claimed and not confirmed', { cause: error }),
    }),
  );
}
