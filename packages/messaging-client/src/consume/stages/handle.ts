import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from '../../database/in-transaction.ts';
import { claimThenConfirm } from '../../inbox/claim-then-confirm.ts';
import type { Claims } from '../../inbox/claims.ts';
import { handleOnce } from '../../inbox/handle-once.ts';
import type { RepeatableEffects } from '../../inbox/handle-repeatable.ts';
import type { Semaphore } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
import { EventsInProgress } from '../events-in-progress.ts';
import { callOf, contextOf } from '../handler-context.ts';
import { HANDLED, REPEATED } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import type { Stage } from '../stage.ts';
import type { HandlerControl, RunningHandlers } from '../running-handlers.ts';

/** What takes a parked record out of the table, in the transaction of what became of it; undefined for one that is not parked. */
export type Unpark = (delivery: Delivery) => ((manager: EntityManager) => Promise<void>) | undefined;

export interface HandleParts {
  readonly group: string;
  readonly dataSource: DataSource;
  readonly claims: Claims;
  readonly repeatable: RepeatableEffects;
  readonly running: RunningHandlers;
  readonly transactions: Semaphore;
  readonly outsideEffects: Semaphore;
  readonly unpark: Unpark;
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
  readonly #inProgress = new EventsInProgress();

  constructor(parts: HandleParts) {
    this.#parts = parts;
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
    const { effect } = delivery.handler!;
    if (effect.kind === 'repeatable' && !effect.inbox) return this.#bounded(delivery, this.#call);
    if (effect.kind === 'database') {
      return this.#parts.transactions.run(() => this.#bounded(delivery, this.#inTransaction));
    }
    return this.#inProgress.run(delivery.headers!, () => {
      if (effect.kind === 'repeatable') return this.#bounded(delivery, this.#actOnce);
      return this.#parts.outsideEffects.run(() => this.#bounded(delivery, this.#claim));
    });
  }

  #bounded(
    delivery: Delivery,
    work: (delivery: Delivery, control: HandlerControl) => Promise<boolean>,
  ): Promise<boolean> {
    return this.#parts.running.run(callOf(delivery), (control) => work(delivery, control));
  }

  readonly #call = async (delivery: Delivery, control: HandlerControl): Promise<boolean> => {
    await delivery.handler!.call(delivery.payload, contextOf(delivery, this.#parts.group, control));
    return true;
  };

  readonly #inTransaction = async (delivery: Delivery, control: HandlerControl): Promise<boolean> => {
    const { group, dataSource, unpark } = this.#parts;
    const { handled } = await handleOnce(dataSource, [contextOf(delivery, group, control)], {
      handle: async ([context]) => void (await delivery.handler!.call(delivery.payload, context!)),
      alsoWrite: unpark(delivery),
      signal: control.signal,
    });
    return handled.size > 0;
  };

  readonly #actOnce = (delivery: Delivery, control: HandlerControl): Promise<boolean> =>
    this.#parts.repeatable.handle(contextOf(delivery, this.#parts.group, control), (context) =>
      delivery.handler!.call(delivery.payload, context),
    );

  readonly #claim = (delivery: Delivery, control: HandlerControl): Promise<boolean> => {
    const { handler, payload } = delivery;
    delivery.effect = {};
    return claimThenConfirm({
      claims: this.#parts.claims,
      record: contextOf(delivery, this.#parts.group, control),
      state: delivery.effect,
      resendsMax: handler!.effect.kind === 'outside' ? handler!.effect.resendsMax : 0,
      handle: (context) => handler!.call(payload, context),
    });
  };
}
