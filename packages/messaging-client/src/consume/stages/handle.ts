import { inTransaction } from '../../database/in-transaction.ts';
import type { Semaphore } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
import { EventsInProgress } from '../events-in-progress.ts';
import { HandlerCalls } from '../handler-calls.ts';
import type { CallHandler, HandlerCallsParts } from '../handler-calls.ts';
import { callOf } from '../handler-context.ts';
import { HANDLED, REPEATED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Stage } from '../stage.ts';
import type { RunningHandlers } from '../running-handlers.ts';

export interface HandleParts extends HandlerCallsParts {
  readonly running: RunningHandlers;
  readonly transactions: Semaphore;
  readonly outsideEffects: Semaphore;
  readonly handled: (delivery: Delivery, isRepeated: boolean) => void;
}

/**
 * Calls the handler, and the inbox makes sure that an event takes effect once: in one transaction with the effect, by claim and
 * confirmation around it, or by a lookup before and a row after it, as the handler's effect demands (see OnEvent).
 *
 * Each call has its time-out, which begins when the handler has its place.
 */
export class Handle implements Stage {
  readonly #parts: HandleParts;
  readonly #calls: HandlerCalls;
  readonly #inProgress = new EventsInProgress();

  constructor(parts: HandleParts) {
    this.#parts = parts;
    this.#calls = new HandlerCalls(parts);
  }

  async run(delivery: Delivery): Promise<Outcome> {
    const { dataSource, unpark } = this.#parts;
    const isHandled = await this.#handle(delivery);
    // A crash before this line attempts it once more, and the inbox knows that it is done.
    if (delivery.parked !== undefined && delivery.handler!.effect.kind !== 'database') {
      await inTransaction(dataSource, unpark(delivery)!);
    }
    this.#parts.handled(delivery, !isHandled);
    return isHandled ? HANDLED : REPEATED;
  }

  #handle(delivery: Delivery): Promise<boolean> {
    const { transactions, outsideEffects } = this.#parts;
    const { effect } = delivery.handler!;
    if (effect.kind === 'repeatable' && !effect.inbox) return this.#bounded(delivery, this.#calls.withoutInbox);
    if (effect.kind === 'database') {
      return transactions.run(() => this.#bounded(delivery, this.#calls.inTransaction));
    }
    return this.#inProgress.run(delivery.headers!, () => {
      if (effect.kind === 'repeatable') return this.#bounded(delivery, this.#calls.repeatably);
      return outsideEffects.run(() => this.#bounded(delivery, this.#calls.withClaim));
    });
  }

  #bounded(delivery: Delivery, call: CallHandler): Promise<boolean> {
    return this.#parts.running.run(callOf(delivery), (control) => call(delivery, control));
  }
}
