import type { DataSource, EntityManager } from 'typeorm';
import { MessagingError } from '../errors.ts';
import { claimThenConfirm } from '../inbox/claim-then-confirm.ts';
import { Claims } from '../inbox/claims.ts';
import { handleOnce } from '../inbox/handle-once.ts';
import { RepeatableEffects } from '../inbox/handle-repeatable.ts';
import { inTransaction } from '../inbox/in-transaction.ts';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../limits.ts';
import { Places } from '../places.ts';
import type { Presence } from '../presence.ts';
import type { EventHandler } from './process-record.ts';
import type { RecordContext } from './record-context.ts';

/** Runs a handler as its effect demands, see OnEvent: in a transaction, between claim and confirmation, or simply. */
export class HandlerRunner {
  readonly #dataSource: DataSource;
  readonly #claims: Claims;
  readonly #repeatable: RepeatableEffects;
  readonly #transactions = new Places(TRANSACTIONS_AT_ONCE_MAX);
  readonly #outsideEffects = new Places(OUTSIDE_EFFECTS_AT_ONCE_MAX);
  readonly #atWork = new Set<string>();

  constructor(dataSource: DataSource, presence: Presence) {
    this.#dataSource = dataSource;
    this.#claims = new Claims(dataSource, presence);
    this.#repeatable = new RepeatableEffects(dataSource);
  }

  /**
   * `alsoWrite` is done even when the event was handled before.
   * @returns false when it was
   * @throws PlacesClosed when the handler was not called; whatever else, when it failed
   */
  async run(
    handler: EventHandler,
    payload: unknown,
    context: RecordContext,
    alsoWrite: ((manager: EntityManager) => Promise<void>) | undefined,
  ): Promise<boolean> {
    if (handler.effect.kind === 'database') {
      return this.#transactions.run(async () =>
        handleOnce(this.#dataSource, context, (transaction) => handler.call(payload, transaction), alsoWrite),
      );
    }
    const acted = await this.#actAlone(handler, payload, context);
    // A crash before this line tries it once more, and the inbox knows that it is done.
    if (alsoWrite !== undefined) await inTransaction(this.#dataSource, alsoWrite);
    return acted;
  }

  /** At a stop: handlers at work may end, and those that wait for a place are not called. */
  close(): void {
    this.#transactions.close();
    this.#outsideEffects.close();
  }

  #act(handler: EventHandler, payload: unknown, record: RecordContext): Promise<boolean> {
    const { effect } = handler;
    if (effect.kind !== 'outside') {
      return this.#repeatable.handle(record, (context) => handler.call(payload, context));
    }
    const { whenAmbiguous } = effect;
    const handle = (context: RecordContext): Promise<unknown> => handler.call(payload, context);
    return this.#outsideEffects.run(async () =>
      claimThenConfirm({ claims: this.#claims, record, whenAmbiguous, handle }),
    );
  }

  /**
   * A claim of our own that is not confirmed looks like one of unknown outcome, unless we know that it is at work: the event
   * came a second time under another key, or its partition was taken away and given back meanwhile.
   */
  async #actAlone(handler: EventHandler, payload: unknown, record: RecordContext): Promise<boolean> {
    const name = `${record.event.name} ${record.event.id}`;
    if (this.#atWork.has(name)) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'the same event is at work in this process');
    }
    this.#atWork.add(name);
    try {
      return await this.#act(handler, payload, record);
    } finally {
      this.#atWork.delete(name);
    }
  }
}
