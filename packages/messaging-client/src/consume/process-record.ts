import { Inject, Injectable } from '@nestjs/common';
import type { KafkaMessage } from 'kafkajs';
import { DataSource } from 'typeorm';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { DeadLetterReason } from '../dead-letters/dead-letters.ts';
import { decodeHeaders, decodeValue } from '../envelope/decode-record.ts';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { MessagingError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import { claimThenConfirm } from '../inbox/claim-then-confirm.ts';
import { handleOnce } from '../inbox/handle-once.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { MessagingOptions } from '../nest/messaging-options.ts';
import { runWithRecord } from '../observe/current-record.ts';
import { MessageEvents } from '../observe/message-events.ts';
import type { RecordOutcome } from '../observe/message-events.ts';
import { runInTrace } from '../observe/trace-context.ts';
import { Presence } from '../presence.ts';
import type { LaneOutcome } from './lanes.ts';
import type { HandlerExtras } from './on-event.decorator.ts';
import type { OutsideContext, RecordContext, TransactionContext } from './record-context.ts';
import { judgeFailure } from './retry-policy.ts';

export interface EventHandler extends HandlerExtras {
  call(payload: unknown, context: TransactionContext | OutsideContext): Promise<unknown>;
}

export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaMessage;
}

/** One try of one record, from bytes to a verdict. It never throws: whatever goes wrong is an outcome. */
@Injectable()
export class RecordProcessor {
  readonly #group: string;
  readonly #dataSource: DataSource;
  readonly #deadLetters: DeadLetters;
  readonly #presence: Presence;
  readonly #events: MessageEvents;
  readonly #outsideAtWork = new Set<string>();

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    deadLetters: DeadLetters,
    presence: Presence,
    events: MessageEvents,
  ) {
    this.#group = options.service;
    this.#dataSource = dataSource;
    this.#deadLetters = deadLetters;
    this.#presence = presence;
    this.#events = events;
  }

  async process(
    record: ReceivedRecord,
    handlerOf: (event: string) => EventHandler | undefined,
    attempt: number,
  ): Promise<LaneOutcome> {
    let headers: EventHeaders | undefined;
    try {
      const startedAt = performance.now();
      try {
        headers = decodeHeaders(record.message);
      } catch (error) {
        return await this.#giveUp(record, undefined, 'undecodable', error as Error, attempt);
      }
      const handler = handlerOf(headers.name);
      // A topic carries more events than every subscriber hears.
      if (handler === undefined) return { done: true };

      const payload = await this.#readPayload(record, headers, handler);
      if ('problem' in payload) return await this.#giveUp(record, headers, payload.reason, payload.problem, attempt);

      const context = this.#contextOf(record, headers, attempt);
      const handled = await runInTrace(headers.traceparent, () =>
        runWithRecord(currentOf(record, headers!), () => this.#handle(handler, payload.value, context)),
      );
      this.#events.emit('record.handled', {
        ...outcomeOf(record, headers),
        repeated: !handled,
        milliseconds: performance.now() - startedAt,
      });
      return { done: true };
    } catch (error) {
      return this.#failed(record, headers, error as Error, attempt);
    }
  }

  async #handle(handler: EventHandler, payload: unknown, context: RecordContext): Promise<boolean> {
    if (handler.outside === undefined) {
      return handleOnce(this.#dataSource, context, (transaction) => handler.call(payload, transaction));
    }
    // A claim of our own that is not confirmed looks like one of unknown outcome, unless we know that it is at work:
    // the event came a second time under another key, or its partition was taken away and given back meanwhile.
    const work = `${context.event.name} ${context.event.id}`;
    if (this.#outsideAtWork.has(work)) {
      throw new MessagingError('CLAIM_HELD_ELSEWHERE', 'the same event is at work in this process');
    }
    this.#outsideAtWork.add(work);
    try {
      return await claimThenConfirm({
        dataSource: this.#dataSource,
        record: context,
        whenAmbiguous: handler.outside.whenAmbiguous,
        claimedBy: this.#presence.id,
        handle: (outside) => handler.call(payload, outside),
      });
    } finally {
      this.#outsideAtWork.delete(work);
    }
  }

  async #readPayload(
    { message }: ReceivedRecord,
    { name, version }: EventHeaders,
    { event }: EventHandler,
  ): Promise<{ value: unknown } | { problem: Error; reason: DeadLetterReason }> {
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
    const read = await readPayload(event, value);
    if ('problems' in read) {
      return { problem: new MessagingError('PAYLOAD_INVALID', read.problems.join('; ')), reason: 'invalid' };
    }
    return { value: read.payload };
  }

  #contextOf({ topic, partition, message }: ReceivedRecord, event: EventHeaders, attempt: number): RecordContext {
    const key = message.key?.toString('utf8') ?? '';
    return { event, topic, partition, offset: message.offset, key, group: this.#group, attempt };
  }

  async #failed(
    record: ReceivedRecord,
    headers: EventHeaders | undefined,
    error: Error,
    attempt: number,
  ): Promise<LaneOutcome> {
    const verdict = judgeFailure(error, attempt);
    if ('giveUp' in verdict) {
      try {
        return await this.#giveUp(record, headers, 'permanent', verdict.giveUp, attempt, verdict.giveUp.record);
      } catch (dead) {
        // The dead letter could not be written either (the database is away): the record stays where it is.
        return this.#failed(record, headers, dead as Error, attempt);
      }
    }
    const { tryAgainInMs } = verdict;
    this.#events.emit('record.retry', { ...outcomeOf(record, headers), attempt, retryInMs: tryAgainInMs, error });
    return { retryInMs: tryAgainInMs };
  }

  async #giveUp(
    record: ReceivedRecord,
    headers: EventHeaders | undefined,
    reason: DeadLetterReason,
    error: Error,
    attempts: number,
    alsoWrite?: Parameters<DeadLetters['put']>[1],
  ): Promise<LaneOutcome> {
    await this.#deadLetters.put({ ...record, headers, reason, error, attempts }, alsoWrite);
    this.#events.emit('record.dead', { ...outcomeOf(record, headers), reason, error });
    return { done: true };
  }
}

function outcomeOf({ topic, partition, message }: ReceivedRecord, headers: EventHeaders | undefined): RecordOutcome {
  return { topic, partition, offset: message.offset, event: headers?.name, eventId: headers?.id };
}

function currentOf({ topic, partition, message }: ReceivedRecord, headers: EventHeaders) {
  return { eventId: headers.id, event: headers.name, topic, partition, offset: message.offset };
}
