import type { EntityManager } from 'typeorm';

/**
 * Every error this package raises, with a stable code. `docs/errors.md` lists them with their remedies.
 */
export type MessagingErrorCode =
  | 'APPEND_OUTSIDE_TRANSACTION'
  | 'EVENT_NOT_PUBLISHED_HERE'
  | 'PAYLOAD_INVALID'
  | 'PAYLOAD_TOO_LARGE'
  | 'KEY_INVALID'
  | 'EVENT_ID_INVALID'
  | 'DEFINITION_INVALID'
  | 'DATABASE_OF_ANOTHER_SERVICE'
  | 'TABLES_OF_OLDER_VERSION'
  | 'BROKER_LOGIN_REFUSED'
  | 'BROKER_NOT_TRUSTED'
  | 'HANDLER_TWICE'
  | 'HANDLER_NOT_IN_CONTROLLER'
  | 'BATCH_UNDECODABLE'
  | 'RECORD_UNDECODABLE'
  | 'EVENT_VERSION_UNKNOWN'
  | 'CLAIM_HELD_ELSEWHERE'
  | 'INSTANCE_LOCK_LOST'
  | 'HANDLER_TIMED_OUT'
  | 'OUTCOME_UNKNOWN'
  | 'TRANSACTION_ABORTED'
  | 'EDIT_NEEDS_ONE_LETTER'
  | 'FILTER_EMPTY';

/** An error of this package. `code` is stable; the message is for people and may change. */
export class MessagingError extends Error {
  override readonly name: string = 'MessagingError';
  readonly code: MessagingErrorCode;

  constructor(code: MessagingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether an event has a version that this service does not know, or not yet. */
export function isUnknownVersion(error: unknown): boolean {
  return error instanceof MessagingError && error.code === 'EVENT_VERSION_UNKNOWN';
}

/** Thrown by a handler: trying again cannot help. The record becomes a dead letter. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  /** Runs in the transaction that writes the dead letter. */
  readonly record: ((manager: EntityManager) => Promise<void>) | undefined;

  constructor(message: string, options?: ErrorOptions & { record?: (manager: EntityManager) => Promise<void> }) {
    super(message, options);
    this.record = options?.record;
  }
}

/**
 * Thrown by a handler: something that it needs is unavailable, and an outside effect certainly did not happen. It is retried
 * until that is available again.
 */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** The reason of `OutsideContext.stopping`. No failure of the record: nothing counts or reports it. */
export class ServiceStopping extends Error {
  override readonly name = 'ServiceStopping';
}
