import { channel } from 'node:diagnostics_channel';
import type { Channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { MessagingError } from '../errors.ts';
import type { OpenTransaction } from './open-transaction.ts';

const logger = new Logger('MessageEvents');

/** What happens to messages, as a typed contract. Logs, metrics and tests listen to the same thing. */
export interface MessageEventMap {
  'outbox.published': [{ rows: number; milliseconds: number }];
  /** A batch was not published, or the database did not answer; `rows` is the size of the batch. */
  'outbox.failed': [{ rows: number; error: Error; retryInMs: number }];
  /** The broker rejected a row. It waits, and so do the later rows of its key or topic. */
  'outbox.rejected': [{ seq: string; topic: string; event: string; eventId: string; error: Error; retryInMs: number }];
  /** The broker rejected our login, or we its certificate. Reported once, until it changes. */
  'broker.refused': [{ error: MessagingError }];
  /** A transaction that appended stays open, and younger rows wait for it; reported once a minute while it does. */
  'outbox.held-back': [OpenTransaction];
  /** Calls to the broker fail; reported at the first, and then once a minute. */
  'broker.unavailable': [{ wasReached: boolean; forMs: number; error: Error }];
  /** It answers again, or for the first time. */
  'broker.reached': [{ afterMs: number }];
  /** This instance has given its shards to others: its sends have failed for so long. */
  'relay.gave-up': [{ shards: number; afterMs: number }];
  /** The shards of the outbox that this instance relays have become so many. */
  'relay.shards': [{ held: number }];
  'consumer.state': [{ state: string; detail: string | undefined }];
  /** A topic has more partitions than its definition: they are read, and no key of ours is sent to them. */
  'topic.partitions-added': [{ topic: string; defined: number; found: number }];
  /** At a stop, handlers were still running when the drain's time was over. Their records come again; outside effects are ambiguous. */
  'consumer.drain-timed-out': [{ handlers: number; afterMs: number }];
  'consumer.committed': [{ topic: string; partition: number; offset: string }];
  /** The broker deleted records before they were read: offsets `from`, and before `to`. They are lost to this group. */
  'records.skipped': [{ topic: string; partition: number; from: string; to: string; records: number }];
  /** For each record, so it is for who counts them; `repeated`: the inbox knew the event, and the handler was not called. */
  'record.handled': [RecordOutcome & { repeated: boolean; milliseconds: number }];
  /** The inbox knew the event. */
  'record.repeated': [RecordOutcome];
  'record.retry': [RecordOutcome & FailedAttempt & { attempt: number; retryInMs: number; error: Error }];
  /** Waits in the database for its next attempt; or, without an error, behind one of its key that does. */
  'record.parked': [
    RecordOutcome & FailedAttempt & { attempt: number; dueInMs: number | undefined; error: Error | undefined },
  ];
  'record.dead': [RecordOutcome & FailedAttempt & { reason: string; error: Error }];
  /** Payloads of an event have a field that its schema does not name; reported once. How many: `PayloadDrift`. */
  'record.drift': [{ event: string; version: number; field: string }];
  /** A batch that cannot be decoded has become one dead letter; no key is held for it, because none is known. */
  'batch.dead': [
    { topic: string; partition: number; firstOffset: string; lastOffset: string; bytes: number; error: Error },
  ];
  /** A handler has been running for HANDLER_SLOW_MS; reported once. */
  'handler.slow': [HandlerAge];
  /** The attempt has failed by its time-out. */
  'handler.timed-out': [HandlerAge];
  /** A handler whose attempt had failed by its time-out has ended after all. */
  'handler.ended-late': [HandlerAge];
  /** There is something to look at among what is parked; reported once, until there is nothing any more. */
  'parking.warning': [
    {
      keys: number;
      expiring: number;
      unknownVersions: number;
      unknownVersionForMs: number | null;
      ambiguous: number;
    },
  ];
  /** It is not known whether an outside effect happened; it is tried again in so long, or given up when undefined. */
  'effect.ambiguous': [
    RecordOutcome & { unconfirmed: number; resendsMax: number; retryInMs: number | undefined; error: Error },
  ];
}

/** Each of them, as the types demand, for a listener of all. */
const EVERY_NAME: Readonly<Record<keyof MessageEventMap, true>> = {
  'outbox.published': true,
  'outbox.failed': true,
  'outbox.rejected': true,
  'broker.refused': true,
  'outbox.held-back': true,
  'broker.unavailable': true,
  'broker.reached': true,
  'relay.gave-up': true,
  'relay.shards': true,
  'consumer.state': true,
  'topic.partitions-added': true,
  'consumer.drain-timed-out': true,
  'consumer.committed': true,
  'records.skipped': true,
  'record.handled': true,
  'record.repeated': true,
  'record.retry': true,
  'record.parked': true,
  'record.dead': true,
  'record.drift': true,
  'batch.dead': true,
  'handler.slow': true,
  'handler.timed-out': true,
  'handler.ended-late': true,
  'parking.warning': true,
  'effect.ambiguous': true,
};

/** The names of all events of `MessageEvents`. */
export const MESSAGE_EVENT_NAMES = Object.keys(EVERY_NAME) as ReadonlyArray<keyof MessageEventMap>;

/** What is before an event's name in the name of its channel. */
const CHANNEL_PREFIX = 'event-bus:';

const CHANNELS = Object.fromEntries(
  MESSAGE_EVENT_NAMES.map((name) => [name, channel(`${CHANNEL_PREFIX}${name}`)]),
) as Readonly<Record<keyof MessageEventMap, Channel>>;

/** A call of a handler and for how long it has been running. Of a batch, by its first record. */
export interface HandlerAge {
  event: string;
  eventId: string;
  topic: string;
  partition: number;
  offset: string;
  attempt: number;
  records: number;
  timeoutMs: number;
  ageMs: number;
}

export interface RecordOutcome {
  /** The consumer group: the service's, or that of a handler with a name. */
  group: string;
  topic: string;
  partition: number;
  offset: string;
  event: string | undefined;
  eventId: string | undefined;
  /** Of the trace that the record belongs to, as its header has it. */
  traceId?: string | undefined;
}

interface FailedAttempt {
  /** How long the attempt took, rounded; undefined when none was made. */
  milliseconds: number | undefined;
}

/**
 * Each event is also a message of the channel `event-bus:<name>` of `node:diagnostics_channel`, for tools that have no access
 * to the application. All instances in a process share the channels. Without subscribers a channel costs nothing.
 */
export class MessageEvents extends EventEmitter<MessageEventMap> {
  /** Whether anything is called at the event; for events that are not worth making otherwise. */
  isObserved(name: keyof MessageEventMap): boolean {
    return this.listenerCount(name) > 0 || CHANNELS[name].hasSubscribers;
  }

  /** A listener must not fail the work that it observes: what it throws is logged. */
  override emit<Name extends keyof MessageEventMap>(name: Name, ...values: MessageEventMap[Name]): boolean {
    const listeners = this.rawListeners(name) as Array<(...values: unknown[]) => unknown>;
    for (const listener of listeners) {
      try {
        listener.apply(this, values);
      } catch (error) {
        logger.error({ err: error, event: name }, 'a listener failed');
      }
    }
    const { [name]: published } = CHANNELS;
    if (published.hasSubscribers) published.publish(values[0]);
    return listeners.length > 0;
  }
}
