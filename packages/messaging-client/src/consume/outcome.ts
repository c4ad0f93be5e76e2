/** What became of one attempt to handle a record. Whatever goes wrong is an outcome too. */
export type Outcome =
  /** The handler ran, and its effects are kept. */
  | { readonly is: 'handled' }
  /** The inbox knew the event: it was handled before, and the handler was not called. */
  | { readonly is: 'repeated' }
  /** No handler of this service consumes the event. */
  | { readonly is: 'ignored' }
  /** The partition was taken away before the attempt: the instance that has it now handles the record. */
  | { readonly is: 'revoked' }
  /** Waits in the database for its next attempt, and later records of its key wait behind it. */
  | { readonly is: 'parked' }
  /** Given up. With `keyWaits`, later records of its key wait until its dead letter is resolved. */
  | { readonly is: 'dead'; readonly keyWaits: boolean }
  /** Stays at the head of its lane, in memory, and is attempted again in so long. */
  | { readonly is: 'retry'; readonly inMs: number };

export const HANDLED: Outcome = { is: 'handled' };
export const REPEATED: Outcome = { is: 'repeated' };
export const IGNORED: Outcome = { is: 'ignored' };
export const REVOKED: Outcome = { is: 'revoked' };
export const PARKED: Outcome = { is: 'parked' };

export function retryIn(milliseconds: number): Outcome {
  return { is: 'retry', inMs: milliseconds };
}

/** Whether later records of its key have to wait in the database. */
export function keyWaits(outcome: Outcome): boolean {
  return outcome.is === 'parked' || (outcome.is === 'dead' && outcome.keyWaits);
}
