import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { backoffMs } from '../backoff.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { queryOf } from '../database/query.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { ServiceStopping } from '../errors.ts';
import type { EventHandler } from '../handler/event-handler.ts';
import { Claims } from '../inbox/claims.ts';
import { RepeatableEffects } from '../inbox/handle-repeatable.ts';
import {
  DATABASE_RETRY_MS,
  PARKED_DELAY_MS,
  RESEND_DELAY_MS,
  SHARED_TRANSACTIONS_AT_ONCE,
  TRANSACTIONS_AT_ONCE_MAX,
} from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { runInScope } from '../observe/scope.ts';
import { PayloadDrift } from '../observe/payload-drift.ts';
import { groupOf, MESSAGING_OPTIONS } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import type { Semaphore } from '../semaphore.ts';
import type { DeliveryJob } from './delivery-job.ts';
import type { Delivery } from './delivery.ts';
import { FailureJudge } from './failure-judge.ts';
import { GivenUp } from './given-up.ts';
import { BatchCollector } from './groups/collect-batch.ts';
import { GroupHandler } from './groups/handle-group.ts';
import type { GroupMode } from './groups/call-handlers.ts';
import { HandlerDurations } from './groups/handler-durations.ts';
import { TransactionGroups } from './groups/transaction-groups.ts';
import { HandlerPlaces } from './handler-places.ts';
import { identify } from './identify.ts';
import type { LaneBatch } from './lanes.ts';
import type { Outcome } from './outcome.ts';
import { Parking } from './parking.ts';
import { Pipeline } from './pipeline.ts';
import { RunningHandlers } from './running-handlers.ts';
import { DeadLetter } from './stages/dead-letter.ts';
import { Decode } from './stages/decode.ts';
import { Handle } from './stages/handle.ts';
import type { Unpark } from './handler-calls.ts';
import { PoisonGuard } from './stages/poison-guard.ts';
import { RetryOrPark } from './stages/retry-or-park.ts';
import { TakeTurn } from './stages/take-turn.ts';
import { Trace } from './stages/trace.ts';

/** Called at every record that was handled. */
export type OnHandled = (event: string, isRepeated: boolean, milliseconds: number) => void;

/** Puts the pipeline together, and decides which records share a transaction. */
@Injectable()
export class RecordHandling {
  /** Called at every record that was handled: it costs half of what `record.handled` does. */
  onHandled: OnHandled | undefined;
  readonly #handlers = new Map<string, EventHandler>();
  readonly #events: MessageEvents;
  readonly #judge: FailureJudge;
  readonly #running: RunningHandlers;
  readonly #transactions: Semaphore;
  readonly #outsideEffects: Semaphore;
  readonly #stopping = new AbortController();
  readonly #durations = new HandlerDurations();
  readonly #parking: Parking;
  readonly #deadLetter: DeadLetter;
  readonly #pipeline: Pipeline;
  readonly #newGroupHandler: (mode: GroupMode) => GroupHandler;
  readonly #oneByOne: TransactionGroups;
  readonly #atTheSameTime: TransactionGroups;
  /** What the records of an event are handled together with: the transactions of its kind, or its own batches. */
  readonly #groups = new Map<string, LaneBatch<DeliveryJob>>();

  constructor(
    @Inject(MESSAGING_OPTIONS) options: ConsumerOptions,
    dataSource: DataSource,
    deadLetters: DeadLetters,
    parkedRecords: ParkedRecords,
    instanceLock: InstanceLock,
    events: MessageEvents,
    drift: PayloadDrift,
    { transactions, outsideEffects }: HandlerPlaces,
  ) {
    const group = groupOf(options);
    const { parkedDelayMs = PARKED_DELAY_MS, resendDelayMs = RESEND_DELAY_MS } = options;
    const handlers = this.#handlers;
    const running = new RunningHandlers(events);
    const judge = new FailureJudge(instanceLock);
    const parking = new Parking(parkedRecords, events);
    const handled = (delivery: Delivery, isRepeated: boolean): void => this.#handled(delivery, isRepeated);
    const unpark: Unpark = ({ parked }) =>
      parked && (async (manager) => parkedRecords.finish(queryOf(manager), parked));

    const deadLetter = new DeadLetter({ deadLetters, unpark, handlers, events });
    const trace = new Trace(group, handlers);
    const decode = new Decode(handlers, drift, async (delivery) => dataSource.transaction(unpark(delivery)!));
    const pipeline = new Pipeline({
      takeTurn: new TakeTurn(parkedRecords, parking),
      trace,
      poisonGuard: new PoisonGuard(group, dataSource, deadLetter),
      retryOrPark: new RetryOrPark({ judge, parking, deadLetter, delays: { parkedDelayMs, resendDelayMs }, events }),
      decode,
      handle: new Handle({
        group,
        dataSource,
        claims: new Claims(dataSource, instanceLock),
        repeatable: new RepeatableEffects(dataSource),
        running,
        transactions,
        outsideEffects,
        unpark,
        handled,
        stopping: this.#stopping.signal,
      }),
    });

    const durations = this.#durations;
    const settle = async (delivery: Delivery, error: unknown): Promise<Outcome> => pipeline.settle(delivery, error);
    const attemptAlone = (delivery: Delivery): Outcome | Promise<Outcome> => pipeline.attempt(delivery);
    const groupParts = { group, dataSource, decode, trace, running, attemptAlone, settle, handled, durations };
    this.#newGroupHandler = (mode) => new GroupHandler(groupParts, mode);
    const groups = (mode: GroupMode, atOnce: number): TransactionGroups =>
      new TransactionGroups({ handler: this.#newGroupHandler(mode), transactions, atOnce, durations });
    this.#oneByOne = groups('one after the other', TRANSACTIONS_AT_ONCE_MAX);
    this.#atTheSameTime = groups('at the same time', SHARED_TRANSACTIONS_AT_ONCE);

    this.#events = events;
    this.#transactions = transactions;
    this.#outsideEffects = outsideEffects;
    this.#judge = judge;
    this.#running = running;
    this.#parking = parking;
    this.#deadLetter = deadLetter;
    this.#pipeline = pipeline;
  }

  get handlers(): ReadonlyMap<string, EventHandler> {
    return this.#handlers;
  }

  /** How many are running. */
  get outsideEffects(): number {
    return this.#outsideEffects.running;
  }

  add(handler: EventHandler): void {
    const { event, batch, effect } = handler;
    this.#handlers.set(event.name, handler);
    if (batch !== undefined) this.#groups.set(event.name, new BatchCollector(batch, this.#newGroupHandler('one call')));
    else if (effect.kind === 'database')
      this.#groups.set(event.name, effect.shared ? this.#atTheSameTime : this.#oneByOne);
  }

  attempt(delivery: Delivery): Outcome | Promise<Outcome> {
    return this.#pipeline.attempt(delivery);
  }

  /** As `Pipeline.attemptOnce`. */
  async attemptOnce(delivery: Delivery): Promise<Outcome> {
    return this.#pipeline.attemptOnce(delivery);
  }

  /** What a record is handled together with; undefined in every special case, in which it is handled alone. */
  together(delivery: DeliveryJob): LaneBatch<DeliveryJob> | undefined {
    const { held, message, isAlone } = delivery;
    if (this.#groups.size === 0 || isAlone || !held.isOpen || held.isRecoveringFromCrash) return undefined;
    if (!held.remembersParked || held.isParked(message.key)) return undefined;
    return this.#groups.get(delivery.eventName ?? '');
  }

  /** Gives up a parked record that has waited for too long behind a dead letter of its key. */
  async expire(delivery: Delivery): Promise<Outcome> {
    const seconds = Math.round(delivery.parked!.parkedForMs / 1_000);
    const error = new Error(`it has waited for ${seconds} s behind a dead letter of its key`);
    identify(delivery);
    try {
      return await runInScope(delivery, () => this.#deadLetter.put(delivery, new GivenUp('expired', error)));
    } catch (failure) {
      return this.#parking.retry(delivery, backoffMs(1, DATABASE_RETRY_MS), failure as Error);
    }
  }

  /** At a stop: handlers that are running may end, those that wait for a place are not called, and effects that have not begun are not. */
  close(): void {
    this.#stopping.abort(new ServiceStopping('the service stops'));
    this.#transactions.close();
    this.#outsideEffects.close();
  }

  /** At a stop, when the time to finish is over: what a handler has not committed by now is rolled back. */
  endAll(): void {
    this.#running.endAll();
  }

  /** What an operator should look at, a sentence each. */
  warnings(): string[] {
    return this.#running.warnings();
  }

  #handled(delivery: Delivery, isRepeated: boolean): void {
    const { headers, handler, startedAt } = delivery;
    this.#judge.succeeded(headers!.name);
    if (isRepeated) this.#events.emit('record.repeated', delivery.place);
    const hasListener = this.#events.isObserved('record.handled');
    if (this.onHandled === undefined && !hasListener) return;
    const milliseconds = performance.now() - startedAt;
    // The handler's name, because that of the record is another string each time.
    this.onHandled?.(handler!.event.name, isRepeated, milliseconds);
    if (hasListener) this.#events.emit('record.handled', { ...delivery.place, repeated: isRepeated, milliseconds });
  }
}
