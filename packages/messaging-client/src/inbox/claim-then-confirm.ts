import type { AmbiguousPolicy, Confirmed, OutsideContext, RecordContext } from '../consume/record-context.ts';
import { TransientError } from '../errors.ts';
import { AlreadyHandled } from './claims.ts';
import type { Claims } from './claims.ts';

export interface OutsideEffect {
  readonly claims: Claims;
  readonly record: RecordContext;
  readonly whenAmbiguous: AmbiguousPolicy;
  readonly handle: (context: OutsideContext) => Promise<unknown>;
}

/**
 * Runs a handler whose effect is outside the database (an e-mail), at least once and with every doubt on record:
 * it claims, acts and confirms. A claim that nobody confirmed is ambiguous and goes by the handler's policy.
 * @returns false when the event was handled before
 */
export async function claimThenConfirm({ claims, record, whenAmbiguous, handle }: OutsideEffect): Promise<boolean> {
  try {
    await handle({
      ...record,
      claim: async (write) => ({
        ...(await claims.claim(record, whenAmbiguous, write)),
        confirm: async (write) => {
          await claims.confirm(record, write);
          return {} as Confirmed;
        },
      }),
    });
    return true;
  } catch (error) {
    if (error instanceof AlreadyHandled) return false;
    if (error instanceof TransientError) await claims.release(record);
    throw error;
  }
}
