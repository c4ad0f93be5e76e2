import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { backoffMs } from '../backoff.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';
import { decodeHeaders, decodeValue } from '../envelope/decode-record.ts';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { MessagingError, PermanentError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import type { ReadPayload } from '../event-definition.ts';
import { inTransaction } from '../database/in-transaction.ts';
import { ATTEMPTS_MAX, DATABASE_RETRY_MS, PARKED_AGE_MS_MAX, PARKED_DELAY_MS, RESEND_DELAY_MS } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { runWithRecord } from '../observe/current-record.ts';
import { MessageEvents } from '../observe/message-events.ts';
import type { RecordOutcome } from '../observe/message-events.ts';
import { runInTrace } from '../observe/trace-context.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import type { ParkedHead, PartitionRecord } from '../parking/parked-records.ts';
import { SemaphoreClosed } from '../semaphore.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { queryOf } from '../database/query.ts';
import type { FailedAttempt } from './failure-judge.ts';
import { FailureJudge } from './failure-judge.ts';
import { isTimeout } from '../database/is-outage.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import type { RecordContext, RecordFacts, TransactionContext } from '../handler/record-context.ts';
import { decideRetry } from './retry-policy.ts';
import type { RetryDelays, AttemptHistory, RetryDecision } from './retry-policy.ts';
import { HandlerRunner } from './run-handler.ts';
import type { EffectState } from '../inbox/claim-then-confirm.ts';
import type { BatchRunEntry, HandlerRun } from './run-handler.ts';
import { BatchToBeTakenApart, splitBatch } from './split-batch.ts';
import type { LaneResult } from './split-batch.ts';

export interface EventHandler extends HandlerExtras {
  /** The context is that of its effect. */
  call(payload: unknown, context: RecordContext): Promise<unknown>;
  /** For a handler of batches; `call` then makes a batch of one. */
  callTogether(payloads: unknown[], contexts: TransactionContext[]): Promise<unknown>;
}

/** A record that is to be handled together with others, and where it stands. */
export interface BatchedRecord {
  readonly record: ReceivedRecord;
  readonly attempt: number;
  readonly retry: RetryState;
}

export type ReceivedRecord = PartitionRecord;

/** What is kept of a record from one try to the next, beside their number. */
export interface RetryState {
  /** Tries that count towards giving up; the processor counts them. */
  failures: number;
  /** Where it waits in the database, when this is a try of a parked record. */
  readonly head?: ParkedHead;
  /** Set when the event turns out to be handled before. */
  repeated?: boolean;
  /** Set when it was in a batch that timed out: it is tried by itself from then on. */
  alone?: boolean;
}

/** `laneParked`: later records of its key are to be parked behind it. */
export type ProcessOutcome = { done: true; laneParked?: true } | { retryInMs: number };

/** One try of one record, from bytes to a decision. It never throws: whatever goes wrong is an outcome. */
@Injectable()
export class RecordProcessor {
  readonly #group: string;
  readonly #delays: RetryDelays;
  readonly #dataSource: DataSource;
  readonly #deadLetters: DeadLetters;
  readonly #parkedRecords: ParkedRecords;
  readonly #handlers: HandlerRunner;
  readonly #judge: FailureJudge;
  readonly #events: MessageEvents;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    deadLetters: DeadLetters,
    parkedRecords: ParkedRecords,
    instanceLock: InstanceLock,
    events: MessageEvents,
  ) {
    this.#group = options.service;
    this.#delays = {
      parkedDelayMs: options.parkedDelayMs ?? PARKED_DELAY_MS,
      resendDelayMs: options.resendDelayMs ?? RESEND_DELAY_MS,
    };
    this.#dataSource = dataSource;
    this.#deadLetters = deadLetters;
    this.#parkedRecords = parkedRecords;
    this.#handlers = new HandlerRunner(dataSource, instanceLock, events);
    this.#judge = new FailureJudge(instanceLock);
    this.#events = events;
  }

  async process(
    record: ReceivedRecord,
    handlerOf: (event: string) => EventHandler | undefined,
    attempt: number,
    retry: RetryState = { failures: 0 },
  ): Promise<ProcessOutcome> {
    const startedAt = performance.now();
    const at: Try = { record, attempt, retry, startedAt, effect: {}, headers: undefined, handler: undefined };
    try {
      try {
        at.headers = decodeHeaders(record.message);
      } catch (error) {
        return await this.#giveUp(at, 'undecodable', error as Error);
      }
      at.handler = handlerOf(at.headers.name);
      if (at.handler === undefined) {
        // A topic carries more events than every subscriber hears.
        if (retry.head !== undefined) await inTransaction(this.#dataSource, this.#unpark(retry.head)!);
        return { done: true };
      }

      const reading = this.#readPayload(record, at.headers, at.handler);
      const payload = reading instanceof Promise ? await reading : reading;
      if ('problem' in payload) return await this.#giveUp(at, payload.reason, payload.problem);

      const run: HandlerRun = {
        payload: payload.value,
        record: this.#contextOf(record, at.headers, attempt),
        effect: at.effect,
        alsoWrite: this.#unpark(retry.head),
      };
      const handled = await runInTrace(at.headers.traceparent, () =>
        runWithRecord(currentOf(record, at.headers!), () => this.#handlers.run(at.handler!, run)),
      );
      retry.repeated = !handled;
      this.#judge.succeeded(at.headers.name);
      this.#events.emit('record.handled', {
        ...outcomeOf(at),
        repeated: !handled,
        milliseconds: performance.now() - startedAt,
      });
      return { done: true };
    } catch (error) {
      // The service stops: its lanes keep the record, and whoever has the partition next handles it.
      if (error instanceof SemaphoreClosed) return { retryInMs: DATABASE_RETRY_MS.max };
      return this.#failed(at, error);
    }
  }

  /** Calls no handler any more. */
  close(): void {
    this.#handlers.close();
  }

  /** The time to finish is over: attempts that still run have failed. */
  endAll(): void {
    this.#handlers.endAll();
  }

  /** What an operator should look at, a sentence each. */
  warnings(): string[] {
    return this.#handlers.warnings();
  }

  /**
   * One try of the records of several lanes, in one transaction if that works out. A record that cannot be read is told
   * apart at once; one that fails by itself goes on like any other.
   */
  async processTogether(lanes: ReadonlyArray<readonly BatchedRecord[]>, handler: EventHandler): Promise<LaneResult[]> {
    return splitBatch(
      lanes.map((records) =>
        records.map((one): Try => ({ ...one, startedAt: performance.now(), effect: {}, headers: undefined, handler })),
      ),
      {
        together: async (tries) => this.#handleTogether(tries, handler),
        failed: async (at, error) => {
          if (error instanceof Unreadable) return this.process(at.record, () => handler, at.attempt, at.retry);
          return this.#failed(at, error);
        },
      },
    );
  }

  async #handleTogether(tries: readonly Try[], handler: EventHandler): Promise<void> {
    const startedAt = performance.now();
    const entries: BatchRunEntry[] = [];
    for (const at of tries) {
      at.headers = headersIn(at.record);
      const payload = at.headers && (await this.#readPayload(at.record, at.headers, handler));
      if (payload === undefined || 'problem' in payload) throw new Unreadable();
      entries.push({ payload: payload.value, record: this.#contextOf(at.record, at.headers!, at.attempt) });
    }
    const fresh = await this.#handlers.runTogether(handler, entries).catch((error: unknown) => {
      if (tries.length === 1 || !isTimeout(error)) throw error;
      for (const { retry } of tries) retry.alone = true;
      throw new BatchToBeTakenApart('a batch timed out', { cause: error });
    });
    this.#judge.succeeded(handler.event.name);
    const milliseconds = (performance.now() - startedAt) / tries.length;
    for (const [index, at] of tries.entries()) {
      this.#events.emit('record.handled', { ...outcomeOf(at), repeated: !fresh.has(entries[index]!), milliseconds });
    }
  }

  /** For a record whose key is parked: it waits there without being tried, so that it cannot overtake. */
  async parkBehind(record: ReceivedRecord, attempt: number): Promise<ProcessOutcome> {
    const retry = { failures: 0 };
    const at: Try = {
      record,
      attempt,
      retry,
      startedAt: performance.now(),
      effect: {},
      headers: undefined,
      handler: undefined,
    };
    try {
      at.headers = headersIn(record);
      await this.#parkedRecords.park(record, at.headers);
    } catch (error) {
      return this.#tryAgain(at, error as Error, backoffMs(attempt, DATABASE_RETRY_MS));
    }
    this.#events.emit('record.parked', { ...outcomeOf(at), attempt: 0, dueInMs: undefined, error: undefined });
    return { done: true, laneParked: true };
  }

  /** For a record that ended its process as often as that: it is not tried again. */
  async giveUpPoison(
    record: ReceivedRecord,
    handlerOf: (event: string) => EventHandler | undefined,
    starts: number,
    retry: RetryState,
  ): Promise<ProcessOutcome> {
    const error = new Error(`the process ended ${starts} times while it handled this record`);
    return this.#giveUpUntried(record, handlerOf, { attempt: starts, retry, reason: 'poison', error });
  }

  /** For a record that has waited for too long behind a dead letter of its key. */
  async expire(
    record: ParkedHead,
    handlerOf: (event: string) => EventHandler | undefined,
    retry: RetryState,
  ): Promise<ProcessOutcome> {
    const seconds = Math.round(record.parkedForMs / 1_000);
    const error = new Error(`it has waited for ${seconds} s behind a dead letter of its key`);
    return this.#giveUpUntried(record, handlerOf, { attempt: record.attempts, retry, reason: 'expired', error });
  }

  async #giveUpUntried(
    record: ReceivedRecord,
    handlerOf: (event: string) => EventHandler | undefined,
    { attempt, retry, reason, error }: { attempt: number; retry: RetryState; reason: DeadLetterReason; error: Error },
  ): Promise<ProcessOutcome> {
    const headers = headersIn(record);
    const handler = headers && handlerOf(headers.name);
    const at: Try = { record, attempt, retry, startedAt: performance.now(), effect: {}, headers, handler };
    try {
      return await this.#giveUp(at, reason, error);
    } catch (failure) {
      return this.#tryAgain(at, failure as Error, backoffMs(1, DATABASE_RETRY_MS));
    }
  }

  #readPayload(
    { message }: ReceivedRecord,
    { name, version }: EventHeaders,
    { event }: EventHandler,
  ): Readable | Promise<Readable> {
    if (version !== event.version) {
      const problem = `${name} v${version} came, and this service knows v${event.version}`;
      return { problem: new MessagingError('EVENT_VERSION_UNKNOWN', problem), reason: 'invalid' };
    }
    let value: unknown;
    try {
      value = decodeValue(message.value);
    } catch (error) {
      return { problem: error as Error, reason: 'undecodable' };
    }
    const read = readPayload(event, value);
    return read instanceof Promise ? read.then(readableOf) : readableOf(read);
  }

  #contextOf({ topic, partition, message }: ReceivedRecord, event: EventHeaders, attempt: number): RecordFacts {
    const key = message.key?.toString('utf8') ?? '';
    return { event, topic, partition, offset: message.offset, key, group: this.#group, attempt };
  }

  /** What takes a parked record out of the table, in the transaction of whatever became of it. */
  #unpark(head: ParkedHead | undefined): ((manager: EntityManager) => Promise<void>) | undefined {
    return head && (async (manager) => this.#parkedRecords.finish(queryOf(manager), head));
  }

  async #failed(at: Try, thrown: unknown): Promise<ProcessOutcome> {
    // Anything may be thrown, and even nothing.
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { attempt, retry } = at;
    if (await this.#judge.counts(error, failedAttemptOf(at))) retry.failures += 1;
    const decision = decideRetry(error, historyOf(at), this.#delays);
    this.#reportDoubt(at, error, decision);
    if ('giveUp' in decision) {
      try {
        return decision.giveUp === 'outcome unknown'
          ? await this.#giveUp(at, 'permanent', outcomeUnknown(at.effect.unconfirmed!, error))
          : await this.#giveUp(at, decision.giveUp, error);
      } catch (dead) {
        // The dead letter could not be written either (the database is unavailable): the record waits like any other.
        return this.#park(at, dead as Error, backoffMs(attempt, this.#delays.parkedDelayMs));
      }
    }
    if ('tryAgainInMs' in decision) return this.#tryAgain(at, error, decision.tryAgainInMs);
    return this.#park(at, error, decision.parkForMs);
  }

  #reportDoubt(at: Try, error: Error, decision: RetryDecision): void {
    const { unconfirmed } = at.effect;
    if (unconfirmed === undefined) return;
    const retryInMs = 'parkForMs' in decision ? decision.parkForMs : undefined;
    this.#events.emit('effect.ambiguous', {
      ...outcomeOf(at),
      unconfirmed,
      resendsMax: resendsMaxOf(at.handler),
      retryInMs,
      error,
    });
  }

  async #park(at: Try, error: Error, dueInMs: number): Promise<ProcessOutcome> {
    const { record, attempt, retry, headers } = at;
    const failed = { attempts: attempt, failures: retry.failures, dueInMs, error };
    try {
      if (retry.head === undefined) await this.#parkedRecords.park(record, headers, failed);
      else await this.#parkedRecords.tryLater(retry.head, failed);
    } catch {
      return this.#tryAgain(at, error, backoffMs(attempt, DATABASE_RETRY_MS));
    }
    this.#events.emit('record.parked', { ...outcomeOf(at), attempt, dueInMs, error });
    return { done: true, laneParked: true };
  }

  #tryAgain(at: Try, error: Error, retryInMs: number): ProcessOutcome {
    this.#events.emit('record.retry', { ...outcomeOf(at), attempt: at.attempt, retryInMs, error });
    return { retryInMs };
  }

  async #giveUp(at: Try, reason: DeadLetterReason, error: Error): Promise<ProcessOutcome> {
    const { record, attempt, retry, headers, handler } = at;
    // Of a record that is no event nobody knows whose it is, so there is no one to hold its key for.
    const policy = handler?.whenGivenUp ?? 'skip';
    const kept = await this.#deadLetters.put(
      { ...record, headers, reason, error, attempts: attempt, policy, redrives: retry.head?.redrives ?? 0 },
      async (manager) => {
        // What a handler wants to record may fail each time; then the letter goes without it.
        if (error instanceof PermanentError && retry.failures <= attemptsMaxOf(handler)) await error.record?.(manager);
        await this.#unpark(retry.head)?.(manager);
      },
    );
    if (!kept) return { done: true };
    this.#events.emit('record.dead', { ...outcomeOf(at), reason, error });
    return policy === 'hold' ? { done: true, laneParked: true } : { done: true };
  }
}

/** Not an event, or not the one that its handler knows: nothing to do with the others of its batch. */
class Unreadable extends Error {}

type Readable = { value: unknown } | { problem: Error; reason: DeadLetterReason };

function readableOf(read: ReadPayload<unknown>): Readable {
  if ('payload' in read) return { value: read.payload };
  return { problem: new MessagingError('PAYLOAD_INVALID', read.problems.join('; ')), reason: 'invalid' };
}

interface Try {
  readonly record: ReceivedRecord;
  readonly attempt: number;
  readonly retry: RetryState;
  /** By performance.now(). */
  readonly startedAt: number;
  readonly effect: EffectState;
  headers: EventHeaders | undefined;
  handler: EventHandler | undefined;
}

/** For the eye only: a record that is no event is parked as well as any other. */
function headersIn({ message }: ReceivedRecord): EventHeaders | undefined {
  try {
    return decodeHeaders(message);
  } catch {
    return undefined;
  }
}

function outcomeOf({ record: { topic, partition, message }, headers }: Try): RecordOutcome {
  return { topic, partition, offset: message.offset, event: headers?.name, eventId: headers?.id };
}

function historyOf({ attempt, retry, effect, handler }: Try): AttemptHistory {
  return {
    attempt,
    failures: retry.failures,
    attemptsMax: attemptsMaxOf(handler),
    parkedForMs: retry.head?.parkedForMs,
    parkedAgeMaxMs: handler?.parkedAgeMaxMs ?? PARKED_AGE_MS_MAX,
    unconfirmed: effect.unconfirmed,
    resendsMax: resendsMaxOf(handler),
  };
}

function attemptsMaxOf(handler: EventHandler | undefined): number {
  return handler?.attemptsMax ?? ATTEMPTS_MAX;
}

function resendsMaxOf(handler: EventHandler | undefined): number {
  return handler?.effect.kind === 'outside' ? handler.effect.resendsMax : 0;
}

function outcomeUnknown(attempts: number, error: Error): PermanentError {
  const which = attempts === 1 ? 'an attempt' : `${attempts} attempts`;
  return new PermanentError(`the outcome of ${which} is unknown, the effect may have happened: ${error.message}`, {
    cause: new MessagingError('OUTCOME_UNKNOWN', 'claimed and not confirmed', { cause: error }),
  });
}

function failedAttemptOf({ record: { topic, partition, message }, headers, startedAt }: Try): FailedAttempt {
  const key = `${topic}/${partition}/${message.key?.toString('latin1') ?? ''}`;
  return { handler: headers?.name ?? topic, key, startedAt };
}

function currentOf({ topic, partition, message }: ReceivedRecord, headers: EventHeaders) {
  return { eventId: headers.id, event: headers.name, topic, partition, offset: message.offset };
}
