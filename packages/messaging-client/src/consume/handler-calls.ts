import type { DataSource, EntityManager } from 'typeorm';
import { claimThenConfirm } from '../inbox/claim-then-confirm.ts';
import type { Claims } from '../inbox/claims.ts';
import { handleOnce } from '../inbox/handle-once.ts';
import type { RepeatableEffects } from '../inbox/handle-repeatable.ts';
import { resendsMaxOf } from './attempt-history.ts';
import type { Delivery } from './delivery.ts';
import { contextOf } from './handler-context.ts';
import type { HandlerControl } from './running-handlers.ts';

/** What takes a parked record out of the table, in the transaction of what became of it; undefined for one that is not parked. */
export type Unpark = (delivery: Delivery) => ((manager: EntityManager) => Promise<void>) | undefined;

export interface HandlerCallsParts {
  readonly group: string;
  readonly dataSource: DataSource;
  readonly claims: Claims;
  readonly repeatable: RepeatableEffects;
  readonly unpark: Unpark;
  /** Aborted when the service begins to stop. */
  readonly stopping: AbortSignal;
}

/** @returns false when the inbox knew the event, and the handler was not called */
export type CallHandler = (delivery: Delivery, control: HandlerControl) => Promise<boolean>;

/** The ways to call a handler, one for each kind of effect: what the inbox does before, around or after it. */
export class HandlerCalls {
  readonly #parts: HandlerCallsParts;

  constructor(parts: HandlerCallsParts) {
    this.#parts = parts;
  }

  readonly withoutInbox: CallHandler = async (delivery, control) => {
    await delivery.handler!.call(delivery.payload, contextOf(delivery, this.#parts.group, control));
    return true;
  };

  readonly inTransaction: CallHandler = async (delivery, control) => {
    const { group, dataSource, unpark } = this.#parts;
    const { handled } = await handleOnce(dataSource, [contextOf(delivery, group, control)], {
      handle: async ([context]) => void (await delivery.handler!.call(delivery.payload, context!)),
      alsoWrite: unpark(delivery),
      signal: control.signal,
    });
    return handled.size > 0;
  };

  readonly repeatably: CallHandler = (delivery, control) =>
    this.#parts.repeatable.handle(contextOf(delivery, this.#parts.group, control), (context) =>
      delivery.handler!.call(delivery.payload, context),
    );

  readonly withClaim: CallHandler = (delivery, control) => {
    const { handler, payload } = delivery;
    delivery.effect = {};
    return claimThenConfirm({
      claims: this.#parts.claims,
      record: contextOf(delivery, this.#parts.group, control),
      state: delivery.effect,
      resendsMax: resendsMaxOf(handler),
      stopping: this.#parts.stopping,
      handle: (context) => handler!.call(payload, context),
    });
  };
}
