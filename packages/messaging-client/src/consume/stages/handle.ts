import type { DataSource, EntityManager } from 'typeorm';
import { inTransaction } from '../../database/in-transaction.ts';
import { MessagingError } from '../../errors.ts';
import { claimThenConfirm } from '../../inbox/claim-then-confirm.ts';
import type { Claims } from '../../inbox/claims.ts';
import { handleOnce } from '../../inbox/handle-once.ts';
import type { RepeatableEffects } from '../../inbox/handle-repeatable.ts';
import type { Semaphore } from '../../semaphore.ts';
import type { Delivery } from '../delivery.ts';
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
 * Calls the handler as its effect demands (see OnEvent): in a transaction with the inbox, between claim and confirmation, or
 * simply; each with its time-out, which begins when the handler has its place.
 */
export class Handle implements Stage {
  readonly #parts: HandleParts;
  /** Events with an effect outside of a transaction whose handler is running. */
  readonly #running = new Set<string>();

  constructor(parts: HandleParts) {
    this.#parts = parts;
  }

  async run(delivery: Delivery): Promise<Outcome> {
    const isHandled = await this.#handle(delivery);
    this.#parts.handled(delivery, !isHandled);
    return isHandled ? HANDLED : REPEATED;
  }

  async #handle(delivery: Delivery): Promise<boolean> {
    const { dataSource, transactions, unpark } = this.#parts;
    const alsoWrite = unpark(delivery);
    if (delivery.handler!.effect.kind === 'database') {
      return transactions.run(() =>
        this.#bounded(delivery, (control) => this.#inTransaction(delivery, control, alsoWrite)),
      );
    }
    const isHandled = await this.#outsideOfTransaction(delivery);
    // A crash before this line attempts it once more, and the inbox knows that it is done.
    if (alsoWrite !== undefined) await inTransaction(dataSource, alsoWrite);
    return isHandled;
  }

  #bounded(delivery: Delivery, work: (control: HandlerControl) => Promise<boolean>): Promise<boolean> {
    return this.#parts.running.run(callOf(delivery), work);
  }

  async #inTransaction(delivery: Delivery, control: HandlerControl, alsoWrite: ReturnType<Unpark>): Promise<boolean> {
    const { group, dataSource } = this.#parts;
    const { handled } = await handleOnce(dataSource, [contextOf(delivery, group, control)], {
      handle: async ([context]) => void (await delivery.handler!.call(delivery.payload, context!)),
      alsoWrite,
      signal: control.signal,
    });
    return handled.size > 0;
  }

  /**
   * A claim of our own that is not confirmed looks like one of unknown outcome, unless we know that its handler runs: the
   * event came a second time under another key, or its partition was taken away and given back meanwhile. One that has
   * timed out is of unknown outcome indeed.
   */
  async #outsideOfTransaction(delivery: Delivery): Promise<boolean> {
    const { effect } = delivery.handler!;
    if (effect.kind === 'repeatable' && !effect.inbox)
      return this.#bounded(delivery, (control) => this.#repeat(delivery, control));
    const event = `${delivery.headers!.name} ${delivery.headers!.id}`;
    if (this.#running.has(event)) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'this process is already handling the same event');
    }
    this.#running.add(event);
    try {
      if (effect.kind === 'repeatable')
        return await this.#bounded(delivery, (control) => this.#actOnce(delivery, control));
      return await this.#parts.outsideEffects.run(() =>
        this.#bounded(delivery, (control) => this.#claim(delivery, control)),
      );
    } finally {
      this.#running.delete(event);
    }
  }

  async #repeat(delivery: Delivery, control: HandlerControl): Promise<true> {
    await delivery.handler!.call(delivery.payload, contextOf(delivery, this.#parts.group, control));
    return true;
  }

  #actOnce(delivery: Delivery, control: HandlerControl): Promise<boolean> {
    return this.#parts.repeatable.handle(contextOf(delivery, this.#parts.group, control), (context) =>
      delivery.handler!.call(delivery.payload, context),
    );
  }

  #claim(delivery: Delivery, control: HandlerControl): Promise<boolean> {
    const { handler, payload, effect } = delivery;
    return claimThenConfirm({
      claims: this.#parts.claims,
      record: contextOf(delivery, this.#parts.group, control),
      state: effect,
      resendsMax: handler!.effect.kind === 'outside' ? handler!.effect.resendsMax : 0,
      handle: (context) => handler!.call(payload, context),
    });
  }
}
