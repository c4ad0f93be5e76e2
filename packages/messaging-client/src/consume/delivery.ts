import type { Span } from '@opentelemetry/api';
import { HEADER } from '../envelope/cloud-event-headers.ts';
import type { EventHeaders } from '../envelope/decode-record.ts';
import type { EventHandler } from '../handler/event-handler.ts';
import type { EffectState } from '../inbox/claim-then-confirm.ts';
import type { KafkaRecord } from '../kafka/driver.ts';
import type { CurrentRecord } from '../observe/scope.ts';
import type { RecordOutcome } from '../observe/message-events.ts';
import { ATTRIBUTE } from '../observe/spans.ts';
import type { TraceContext } from '../observe/trace-context.ts';
import { withAttempt } from '../parking/noted-attempt.ts';
import type { NotedAttempt } from '../parking/noted-attempt.ts';
import type { ParkedHead, PartitionRecord } from '../parking/parked-records.ts';
import type { HeldPartition } from './held-partition.ts';

/** Where it is in a `traceparent`. */
const TRACE_ID = [3, 35] as const;

const NOTHING_CLAIMED: EffectState = Object.freeze({});

/** A record on its way through the pipeline, and what is remembered of it from one attempt to the next. */
export class Delivery implements PartitionRecord {
  readonly held: HeldPartition;
  readonly message: KafkaRecord;
  /** Where it waits in the database; undefined for a record that has just been fetched. */
  readonly parked: ParkedHead | undefined;
  /** Attempts so far, the running one included. */
  attempts: number;
  /** Attempts that count towards giving the record up. */
  failures: number;
  /** The attempts that failed, also before it was parked or redriven; newest last. */
  history: readonly NotedAttempt[];
  /** It is not put into one transaction with others any more: one that it was in could not be blamed on a record. */
  isAlone = false;

  // Of the running attempt:

  /** By performance.now(). */
  startedAt = 0;
  headers: EventHeaders | undefined;
  handler: EventHandler | undefined;
  payload: unknown;
  effect = NOTHING_CLAIMED;
  trace: TraceContext | undefined;
  /** Where spans are recorded. */
  span: Span | undefined;

  constructor(held: HeldPartition, message: KafkaRecord, parked?: ParkedHead) {
    this.held = held;
    this.message = message;
    this.parked = parked;
    this.attempts = parked?.attempts ?? 0;
    this.failures = parked?.failures ?? 0;
    this.history = parked?.history ?? [];
  }

  get topic(): string {
    return this.held.topic;
  }

  get partition(): number {
    return this.held.partition;
  }

  /** The event's name as the header has it, unchecked; undefined where there is none. */
  get eventName(): string | undefined {
    return this.message.headers?.first(HEADER.type)?.toString();
  }

  get traceparent(): string | undefined {
    return this.headers?.traceparent;
  }

  /** For the log lines of the handler. */
  get record(): CurrentRecord | undefined {
    const { headers, topic, partition, message, attempts: attempt } = this;
    return headers && { eventId: headers.id, event: headers.name, topic, partition, offset: message.offset, attempt };
  }

  /** What is reported of it. */
  get place(): RecordOutcome {
    const { headers, held, topic, partition, message } = this;
    return {
      group: held.group,
      topic,
      partition,
      offset: message.offset,
      event: headers?.name,
      eventId: headers?.id,
      traceId: this.trace?.traceId ?? headers?.traceparent?.slice(...TRACE_ID),
    };
  }

  /** For how long the running attempt has been running, rounded; undefined when none has begun. */
  get milliseconds(): number | undefined {
    return this.startedAt === 0 ? undefined : Math.round(performance.now() - this.startedAt);
  }

  beginAttempt(): void {
    this.attempts += 1;
    this.startedAt = performance.now();
    this.headers = undefined;
    this.handler = undefined;
    this.payload = undefined;
    this.effect = NOTHING_CLAIMED;
    this.trace = undefined;
    this.span = undefined;
  }

  /** The running attempt has failed. */
  noteFailure(error: Error): void {
    this.history = withAttempt(this.history, this.attempts, error);
  }

  /** The attempt was rolled back because of another record, and will be made again. */
  forgetAttempt(): void {
    this.attempts -= 1;
    this.span?.setAttribute(ATTRIBUTE.outcome, 'rolled back');
    this.span?.end();
  }
}
