import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { backoffMs } from '../backoff.ts';
import type { BackoffBounds } from '../backoff.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';
import { decodeHeaders, decodeValue } from '../envelope/decode-record.ts';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { MessagingError, PermanentError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import type { ReadPayload } from '../event-definition.ts';
import { handleBatchOnce } from '../inbox/handle-batch-once.ts';
import type { BatchEntry } from '../inbox/handle-batch-once.ts';
import { inTransaction } from '../inbox/in-transaction.ts';
import { ATTEMPTS_MAX, DATABASE_RETRY_MS, PARKED_DELAY_MS } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';
import { runWithRecord } from '../observe/current-record.ts';
import { MessageEvents } from '../observe/message-events.ts';
import type { RecordOutcome } from '../observe/message-events.ts';
import { runInTrace } from '../observe/trace-context.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import type { ParkedHead, PartitionRecord } from '../parking/parked-records.ts';
import { PlacesClosed } from '../places.ts';
import { Presence } from '../presence.ts';
import { queryOf } from '../query.ts';
import { isOutage } from './is-outage.ts';
import type { HandlerExtras } from './on-event.decorator.ts';
import type { RecordContext, TransactionContext } from './record-context.ts';
import { judgeFailure } from './retry-policy.ts';
import { HandlerRunner } from './run-handler.ts';
import { splitBatch } from './split-batch.ts';
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
  readonly course: Course;
}

export type ReceivedRecord = PartitionRecord;

/** What is kept of a record from one try to the next, beside their number. */
export interface Course {
  /** Tries that count towards giving up; the processor counts them. */
  failures: number;
  /** Where it waits in the database, when this is a try of a parked record. */
  readonly head?: ParkedHead;
  /** Whether there is room for one more parked lane; while there is none a record waits in its lane. */
  mayPark?: () => boolean;
  /** Set when the event turns out to be handled before. */
  repeated?: boolean;
}

/** `laneParked`: later records of its key are to be parked behind it. */
export type ProcessOutcome = { done: true; laneParked?: true } | { retryInMs: number };

/** One try of one record, from bytes to a verdict. It never throws: whatever goes wrong is an outcome. */
@Injectable()
export class RecordProcessor {
  readonly #group: string;
  readonly #parkedDelayMs: BackoffBounds;
  readonly #dataSource: DataSource;
  readonly #deadLetters: DeadLetters;
  readonly #parkedRecords: ParkedRecords;
  readonly #handlers: HandlerRunner;
  readonly #events: MessageEvents;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    deadLetters: DeadLetters,
    parkedRecords: ParkedRecords,
    presence: Presence,
    events: MessageEvents,
  ) {
    this.#group = options.service;
    this.#parkedDelayMs = options.parkedDelayMs ?? PARKED_DELAY_MS;
    this.#dataSource = dataSource;
    this.#deadLetters = deadLetters;
    this.#parkedRecords = parkedRecords;
    this.#handlers = new HandlerRunner(dataSource, presence);
    this.#events = events;
  }

  async process(
    record: ReceivedRecord,
    handlerOf: (event: string) => EventHandler | undefined,
    attempt: number,
    course: Course = { failures: 0 },
  ): Promise<ProcessOutcome> {
    const at: Try = { record, attempt, course, headers: undefined, handler: undefined };
    try {
      const startedAt = performance.now();
      try {
        at.headers = decodeHeaders(record.message);
      } catch (error) {
        return await this.#giveUp(at, 'undecodable', error as Error);
      }
      at.handler = handlerOf(at.headers.name);
      if (at.handler === undefined) {
        // A topic carries more events than every subscriber hears.
        if (course.head !== undefined) await inTransaction(this.#dataSource, this.#unpark(course.head)!);
        return { done: true };
      }

      const reading = this.#readPayload(record, at.headers, at.handler);
      const payload = reading instanceof Promise ? await reading : reading;
      if ('problem' in payload) return await this.#giveUp(at, payload.reason, payload.problem);

      const context = this.#contextOf(record, at.headers, attempt);
      const handled = await runInTrace(at.headers.traceparent, () =>
        runWithRecord(currentOf(record, at.headers!), () =>
          this.#handlers.run(at.handler!, payload.value, context, this.#unpark(course.head)),
        ),
      );
      course.repeated = !handled;
      this.#events.emit('record.handled', {
        ...outcomeOf(at),
        repeated: !handled,
        milliseconds: performance.now() - startedAt,
      });
      return { done: true };
    } catch (error) {
      // The service stops: its lanes keep the record, and whoever has the partition next handles it.
      if (error instanceof PlacesClosed) return { retryInMs: DATABASE_RETRY_MS.max };
      return this.#failed(at, error);
    }
  }

  /** Calls no handler any more. */
  close(): void {
    this.#handlers.close();
  }

  /**
   * One try of the records of several lanes, in one transaction if that works out. A record that cannot be read is told
   * apart at once; one that fails by itself goes on like any other.
   */
  async processTogether(lanes: ReadonlyArray<readonly BatchedRecord[]>, handler: EventHandler): Promise<LaneResult[]> {
    return splitBatch(
      lanes.map((records) => records.map((one): Try => ({ ...one, headers: undefined, handler }))),
      {
        together: async (tries) => this.#handleTogether(tries, handler),
        failed: async (at, error) => {
          if (error instanceof Unreadable) return this.process(at.record, () => handler, at.attempt, at.course);
          return this.#failed(at, error);
        },
      },
    );
  }

  async #handleTogether(tries: readonly Try[], handler: EventHandler): Promise<void> {
    const startedAt = performance.now();
    const entries: BatchEntry[] = [];
    for (const at of tries) {
      at.headers = headersIn(at.record);
      const payload = at.headers && (await this.#readPayload(at.record, at.headers, handler));
      if (payload === undefined || 'problem' in payload) throw new Unreadable();
      entries.push({ payload: payload.value, context: this.#contextOf(at.record, at.headers!, at.attempt) });
    }
    const fresh = await handleBatchOnce(this.#dataSource, entries, (payloads, contexts) =>
      handler.callTogether(payloads, contexts),
    );
    const milliseconds = (performance.now() - startedAt) / tries.length;
    for (const [index, at] of tries.entries()) {
      this.#events.emit('record.handled', { ...outcomeOf(at), repeated: !fresh.has(entries[index]!), milliseconds });
    }
  }

  /** For a record whose key is parked: it waits there without being tried, so that it cannot overtake. */
  async parkBehind(record: ReceivedRecord, attempt: number): Promise<ProcessOutcome> {
    const at: Try = { record, attempt, course: { failures: 0 }, headers: undefined, handler: undefined };
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
    course: Course,
  ): Promise<ProcessOutcome> {
    const headers = headersIn(record);
    const at: Try = { record, attempt: starts, course, headers, handler: headers && handlerOf(headers.name) };
    try {
      return await this.#giveUp(
        at,
        'poison',
        new Error(`the process ended ${starts} times while it handled this record`),
      );
    } catch (error) {
      return this.#tryAgain(at, error as Error, backoffMs(1, DATABASE_RETRY_MS));
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

  #contextOf({ topic, partition, message }: ReceivedRecord, event: EventHeaders, attempt: number): RecordContext {
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
    const { attempt, course } = at;
    const standing = {
      attempt,
      failures: course.failures,
      attemptsMax: at.handler?.attemptsMax ?? ATTEMPTS_MAX,
      parked: course.head !== undefined,
    };
    const verdict = judgeFailure(error, standing, this.#parkedDelayMs);
    if ('giveUp' in verdict) {
      try {
        return await this.#giveUp(at, verdict.giveUp, error);
      } catch (dead) {
        // The dead letter could not be written either (the database is away): the record waits like any other.
        return this.#park(at, dead as Error, backoffMs(attempt, this.#parkedDelayMs));
      }
    }
    if ('tryAgainInMs' in verdict) {
      if (!isOutage(error)) course.failures += 1;
      return this.#tryAgain(at, error, verdict.tryAgainInMs);
    }
    course.failures = verdict.failures;
    return this.#park(at, error, verdict.parkForMs);
  }

  async #park(at: Try, error: Error, dueInMs: number): Promise<ProcessOutcome> {
    const { record, attempt, course, headers } = at;
    if (course.mayPark?.() === false) return this.#tryAgain(at, error, dueInMs);
    const failed = { attempts: attempt, failures: course.failures, dueInMs, error };
    try {
      if (course.head === undefined) await this.#parkedRecords.park(record, headers, failed);
      else await this.#parkedRecords.tryLater(course.head, failed);
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
    const { record, attempt, course, headers, handler } = at;
    // Of a record that is no event nobody knows whose it is, so there is no one to hold its key for.
    const policy = handler?.whenGivenUp ?? 'skip';
    const kept = await this.#deadLetters.put(
      { ...record, headers, reason, error, attempts: attempt, policy, redrives: course.head?.redrives ?? 0 },
      async (manager) => {
        if (error instanceof PermanentError) await error.record?.(manager);
        await this.#unpark(course.head)?.(manager);
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
  readonly course: Course;
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

function currentOf({ topic, partition, message }: ReceivedRecord, headers: EventHeaders) {
  return { eventId: headers.id, event: headers.name, topic, partition, offset: message.offset };
}
