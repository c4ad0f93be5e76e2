import type { EntityManager } from 'typeorm';
import type { ClaimFacts, Confirmed, OutsideContext } from '../handler/record-context.ts';
import { testContext } from './test-context.ts';
import type { TestContextOptions } from './test-context.ts';

/** What the handler finds in `fakeOutsideContext()`. */
export interface FakeOutsideContextOptions extends TestContextOptions {
  /** Earlier attempts that claimed and never confirmed; with one or more the claim is ambiguous. None unless given. */
  readonly unconfirmed?: number;
  /** Never aborted, unless given. */
  readonly stopping?: AbortSignal;
}

/** The context of a handler, and what the handler did with it. */
export interface FakeOutsideContext extends OutsideContext {
  /** What the handler has claimed so far, in order. */
  readonly claims: readonly ClaimFacts[];
  readonly confirmed: boolean;
  /** What `claim` and `confirm` give to their `write`. It has no database: what is written goes to a double of the test. */
  readonly manager: EntityManager;
}

/**
 * The context of a handler with an outside effect, for a spec of that handler alone: it needs no database, and what the
 * handler claimed and confirmed can be read from it. With a database, `deliver()` shows more.
 */
export function fakeOutsideContext({
  unconfirmed = 0,
  stopping = new AbortController().signal,
  ...options
}: FakeOutsideContextOptions = {}): FakeOutsideContext {
  const claims: ClaimFacts[] = [];
  let confirmed = false;
  const manager = {} as EntityManager;
  return {
    ...testContext(options),
    stopping,
    claims,
    get confirmed() {
      return confirmed;
    },
    manager,
    claim: async (write) => {
      const facts = { ambiguous: unconfirmed > 0, attempt: unconfirmed + 1, unconfirmed };
      await write?.(manager, facts);
      claims.push(facts);
      return {
        ...facts,
        confirm: async (write) => {
          await write?.(manager);
          confirmed = true;
          return {} as Confirmed;
        },
      };
    },
  };
}
