import type { DeadLetters } from '../../dead-letters/dead-letters.ts';
import { PermanentError } from '../../errors.ts';
import { ATTEMPTS_MAX } from '../../limits.ts';
import type { MessageEvents } from '../../observe/message-events.ts';
import type { Delivery } from '../delivery.ts';
import type { GivenUp } from '../given-up.ts';
import { REPEATED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { identify } from '../identify.ts';
import type { Handlers } from '../identify.ts';
import type { Unpark } from '../handler-calls.ts';

export interface DeadLetterParts {
  readonly deadLetters: DeadLetters;
  readonly unpark: Unpark;
  readonly handlers: Handlers;
  readonly events: MessageEvents;
}

/**
 * A record that is given up is stored as a dead letter, in one transaction with its inbox row, its announcement and what its handler
 * records. With `whenGivenUp: 'hold'` later records of its key wait from then on.
 */
export class DeadLetter {
  readonly #parts: DeadLetterParts;

  constructor(parts: DeadLetterParts) {
    this.#parts = parts;
  }

  /** @throws when the dead letter cannot be written now */
  async put(delivery: Delivery, { reason, error }: GivenUp): Promise<Outcome> {
    const { deadLetters, unpark, handlers, events } = this.#parts;
    identify(delivery, handlers);
    const { topic, partition, message, headers, handler, attempts, failures, history, parked, milliseconds } = delivery;
    // A record that is not an event has no handler, so its key is not held.
    const policy = handler?.whenGivenUp ?? 'skip';
    const isKept = await deadLetters.put(
      { topic, partition, message, headers, reason, error, attempts, history, policy, redrives: parked?.redrives ?? 0 },
      async (manager) => {
        // What a handler wants to record may fail each time; then the letter is written without it.
        const isWorthTrying = failures <= (handler?.attemptsMax ?? ATTEMPTS_MAX);
        if (error instanceof PermanentError && isWorthTrying) await error.record?.(manager);
        await unpark(delivery)?.(manager);
      },
    );
    // It was handled meanwhile, or its letter was dropped.
    if (!isKept) return REPEATED;
    events.emit('record.dead', { ...delivery.place, milliseconds, reason, error });
    if (policy === 'hold') delivery.held.park(message.key);
    return { is: 'dead', keyWaits: policy === 'hold' };
  }
}
