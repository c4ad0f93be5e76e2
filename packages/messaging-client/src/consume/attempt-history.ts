import type { EventHandler } from '../handler/event-handler.ts';
import { ATTEMPTS_MAX, PARKED_AGE_MS_MAX } from '../limits.ts';
import type { Delivery } from './delivery.ts';
import type { AttemptHistory } from './retry-policy.ts';

/** What the retry policy decides by: the attempts of a record so far, and what its handler allows. */
export function historyOf({ attempts, failures, parked, effect, handler }: Delivery): AttemptHistory {
  return {
    attempt: attempts,
    failures,
    attemptsMax: handler?.attemptsMax ?? ATTEMPTS_MAX,
    parkedForMs: parked?.parkedForMs,
    parkedAgeMaxMs: handler?.parkedAgeMaxMs ?? PARKED_AGE_MS_MAX,
    unconfirmed: effect.unconfirmed,
    resendsMax: resendsMaxOf(handler),
  };
}

/** How often an outside effect of unknown outcome may be repeated; 0 for other effects. */
export function resendsMaxOf(handler: EventHandler | undefined): number {
  return handler?.effect.kind === 'outside' ? handler.effect.resendsMax : 0;
}
