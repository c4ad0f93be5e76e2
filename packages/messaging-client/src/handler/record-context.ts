import type { EntityManager } from 'typeorm';
import type { EventHeaders } from '../envelope/decode-record.ts';

/** What a handler knows of the record beside its payload. */
export interface RecordContext {
  readonly event: EventHeaders;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly group: string;
  /** 1 for the first attempt. A restart forgets the attempts of a record that was not parked yet. */
  readonly attempt: number;
  /**
   * Aborted when the attempt's time-out is over, or when the service stops and waits no longer: what the handler still does
   * has no effect by then. To be passed to everything that can be cancelled, such as `fetch`.
   */
  readonly signal: AbortSignal;
}

/** For effects in the service's own database: the inbox row and everything written with `manager` commit together. */
export interface TransactionContext extends RecordContext {
  readonly manager: EntityManager;
}

/** For effects outside the database: claim, act, confirm. */
export interface OutsideContext extends RecordContext {
  /**
   * Says, durably and before acting, that the effect is about to happen. `write` runs in the same transaction, beside that of
   * other records that are claimed at this moment: it works with `manager` and opens no transaction of its own, and may be
   * called again after a rollback.
   * Ends the handler when the event was handled before.
   */
  claim(write?: (manager: EntityManager, claim: ClaimFacts) => Promise<void>): Promise<Claim>;
  /**
   * Aborted when the service begins to stop. A handler that has claimed, and waits before it acts (for a connection, say), throws its
   * reason: the claim is released, and the record comes again. One that acts already goes on.
   */
  readonly stopping: AbortSignal;
}

/** What the inbox knows of earlier attempts at an outside effect. */
export interface ClaimFacts {
  /** An earlier attempt claimed and never confirmed: its effect may or may not have happened. */
  readonly ambiguous: boolean;
  /** Claims of this event so far, this one included. */
  readonly attempt: number;
  /** Earlier attempts of which it is not known whether they acted. */
  readonly unconfirmed: number;
}

/** An effect that this handler alone may carry out now. It ends with `confirm()`, or with the handler's error. */
export interface Claim extends ClaimFacts {
  /** Says that the effect happened. `write` runs in the same transaction, as that of `claim()` does. */
  confirm(write?: (manager: EntityManager) => Promise<void>): Promise<Confirmed>;
}

declare const confirmed: unique symbol;
/** Only `confirm()` gives one, so a handler with an outside effect cannot forget it. */
export interface Confirmed {
  readonly [confirmed]: true;
}

/**
 * `resend` accepts duplicates, a few, and then holds; `hold` accepts none: the record becomes a dead letter, and an operator
 * decides.
 */
export type AmbiguousPolicy = 'resend' | 'hold';
