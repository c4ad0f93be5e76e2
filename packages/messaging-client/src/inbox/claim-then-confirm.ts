import type { Confirmed, OutsideContext, RecordContext } from '../handler/record-context.ts';
import { PermanentError, ServiceStopping, TransientError } from '../errors.ts';
import { AlreadyHandled } from './claims.ts';
import type { Claims } from './claims.ts';

/** What is known of an outside effect while its handler runs, and after. */
export interface EffectState {
  /** Attempts, this one included, of which it is not known whether they acted; undefined while nothing is in doubt. */
  unconfirmed?: number | undefined;
}

export interface OutsideEffect {
  readonly claims: Claims;
  readonly record: RecordContext;
  /** Is kept true at every moment, also after the handler's time-out. */
  readonly state: EffectState;
  /** How often an effect of unknown outcome may be retried. */
  readonly resendsMax: number;
  /** As in the handler's context. */
  readonly stopping: AbortSignal;
  readonly handle: (context: OutsideContext) => Promise<unknown>;
}

/**
 * Runs a handler whose effect is outside the database (an e-mail), at least once and with every doubt on record:
 * it claims, acts and confirms. A claim without a confirmation is ambiguous, and is retried as often as the handler allows.
 * @returns false when the event was handled before
 */
export async function claimThenConfirm({
  claims,
  record,
  state,
  resendsMax,
  stopping,
  handle,
}: OutsideEffect): Promise<boolean> {
  let attempt: number | undefined;
  try {
    await handle({
      ...record,
      stopping,
      claim: async (write) => {
        record.signal.throwIfAborted();
        const claim = await claims.claim(record, resendsMax, write);
        if (record.signal.aborted || stopping.aborted) {
          // It was claimed for an attempt that has failed meanwhile, or that a stop would have to wait for.
          await claims.release(record, claim.attempt);
          throw (record.signal.aborted ? record.signal : stopping).reason as Error;
        }
        attempt = claim.attempt;
        state.unconfirmed = claim.unconfirmed + 1;
        return {
          ...claim,
          confirm: async (write) => {
            await claims.confirm(record, write);
            state.unconfirmed = undefined;
            return {} as Confirmed;
          },
        };
      },
    });
    return true;
  } catch (error) {
    if (error instanceof AlreadyHandled) return false;
    if (error instanceof PermanentError) state.unconfirmed = undefined;
    if ((error instanceof TransientError || error instanceof ServiceStopping) && attempt !== undefined) {
      await claims.release(record, attempt);
      state.unconfirmed = undefined;
    }
    throw error;
  }
}
