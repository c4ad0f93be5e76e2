import type { DataSource, EntityManager } from 'typeorm';
import { MessagingError } from '../errors.ts';
import { claimThenConfirm } from '../inbox/claim-then-confirm.ts';
import type { EffectState } from '../inbox/claim-then-confirm.ts';
import { Claims } from '../inbox/claims.ts';
import { handleBatchOnce } from '../inbox/handle-batch-once.ts';
import type { BatchEntry } from '../inbox/handle-batch-once.ts';
import { handleOnce } from '../inbox/handle-once.ts';
import { RepeatableEffects } from '../inbox/handle-repeatable.ts';
import { inTransaction } from '../database/in-transaction.ts';
import { OUTSIDE_EFFECTS_AT_ONCE_MAX, TRANSACTIONS_AT_ONCE_MAX } from '../limits.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import { Semaphore } from '../semaphore.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import type { EventHandler } from './process-record.ts';
import type { RecordContext, RecordFacts } from '../handler/record-context.ts';
import { RunningHandlers } from './running-handlers.ts';
import type { HandlerCall } from './running-handlers.ts';

export interface HandlerRun {
  readonly payload: unknown;
  readonly record: RecordFacts;
  readonly effect: EffectState;
  /** Is done even when the event was handled before. */
  readonly alsoWrite: ((manager: EntityManager) => Promise<void>) | undefined;
}

export interface BatchRunEntry {
  readonly payload: unknown;
  readonly record: RecordFacts;
}

/**
 * Runs a handler as its effect demands, see OnEvent: in a transaction, between claim and confirmation, or simply; each with
 * its time-out, which begins when the handler has its place.
 */
export class HandlerRunner {
  readonly #dataSource: DataSource;
  readonly #claims: Claims;
  readonly #repeatable: RepeatableEffects;
  readonly #running: RunningHandlers;
  readonly #transactions = new Semaphore(TRANSACTIONS_AT_ONCE_MAX);
  readonly #outsideEffects = new Semaphore(OUTSIDE_EFFECTS_AT_ONCE_MAX);
  readonly #alone = new Set<string>();

  constructor(dataSource: DataSource, instanceLock: InstanceLock, events: MessageEvents) {
    this.#dataSource = dataSource;
    this.#claims = new Claims(dataSource, instanceLock);
    this.#repeatable = new RepeatableEffects(dataSource);
    this.#running = new RunningHandlers(events);
  }

  /**
   * @returns false when the event was handled before
   * @throws SemaphoreClosed when the handler was not called, HANDLER_TIMED_OUT, and whatever made it fail
   */
  async run(handler: EventHandler, run: HandlerRun): Promise<boolean> {
    if (handler.effect.kind === 'database') return this.#runInTransaction(handler, run);
    const acted = await this.#runAlone(handler, run);
    // A crash before this line tries it once more, and the inbox knows that it is done.
    if (run.alsoWrite !== undefined) await inTransaction(this.#dataSource, run.alsoWrite);
    return acted;
  }

  /** @returns which entries were handled now */
  async runTogether<Entry extends BatchRunEntry>(
    handler: EventHandler,
    entries: readonly Entry[],
  ): Promise<Set<Entry>> {
    const [first] = entries;
    return this.#running.run(callOf(handler, first!.record, entries.length), async (signal) => {
      const inContext = new Map<BatchEntry, Entry>(
        entries.map((entry) => [{ payload: entry.payload, context: { ...entry.record, signal } }, entry]),
      );
      const fresh = await handleBatchOnce(this.#dataSource, [...inContext.keys()], (payloads, contexts) =>
        handler.callTogether(payloads, contexts),
      );
      return new Set([...fresh].map((entry) => inContext.get(entry)!));
    });
  }

  warnings(): string[] {
    return this.#running.warnings();
  }

  /** At a stop: handlers that run may end, and those that wait for a place are not called. */
  close(): void {
    this.#transactions.close();
    this.#outsideEffects.close();
  }

  /** At a stop, when the time to finish is over: what a handler has not committed by now is rolled back. */
  endAll(): void {
    this.#running.endAll();
  }

  #runInTransaction(handler: EventHandler, { payload, record, alsoWrite }: HandlerRun): Promise<boolean> {
    return this.#transactions.run(async () =>
      this.#running.run(callOf(handler, record), (signal) =>
        handleOnce(
          this.#dataSource,
          { ...record, signal },
          (transaction) => handler.call(payload, transaction),
          alsoWrite,
        ),
      ),
    );
  }

  #act(handler: EventHandler, { payload, effect }: HandlerRun, record: RecordContext): Promise<boolean> {
    if (handler.effect.kind !== 'outside') {
      return this.#repeatable.handle(record, (context) => handler.call(payload, context));
    }
    return claimThenConfirm({
      claims: this.#claims,
      record,
      state: effect,
      resendsMax: handler.effect.resendsMax,
      handle: (context) => handler.call(payload, context),
    });
  }

  /**
   * A claim of our own that is not confirmed looks like one of unknown outcome, unless we know that its handler runs: the
   * event came a second time under another key, or its partition was taken away and given back meanwhile. One that has
   * timed out is of unknown outcome indeed.
   */
  async #runAlone(handler: EventHandler, run: HandlerRun): Promise<boolean> {
    const { event } = run.record;
    const name = `${event.name} ${event.id}`;
    if (this.#alone.has(name)) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'this process is handling the same event already');
    }
    this.#alone.add(name);
    const bounded = (): Promise<boolean> =>
      this.#running.run(callOf(handler, run.record), (signal) => this.#act(handler, run, { ...run.record, signal }));
    try {
      return handler.effect.kind === 'outside' ? await this.#outsideEffects.run(bounded) : await bounded();
    } finally {
      this.#alone.delete(name);
    }
  }
}

function callOf({ timeoutMs }: EventHandler, record: RecordFacts, records = 1): HandlerCall {
  const { event, topic, partition, offset, attempt } = record;
  return { event: event.name, eventId: event.id, topic, partition, offset, attempt, records, timeoutMs };
}
