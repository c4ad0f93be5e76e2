import { once } from 'node:events';
import type { INestApplication } from '@nestjs/common';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { Delivery } from '../consume/delivery.ts';
import { GivenUp } from '../consume/given-up.ts';
import { HandlerPlaces } from '../consume/handler-places.ts';
import { HeldPartition } from '../consume/held-partition.ts';
import type { Outcome } from '../consume/outcome.ts';
import { RecordHandling } from '../consume/record-handling.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { EncodedRecord } from '../envelope/encode-record.ts';
import type { EventDefinition } from '../event-definition.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import { RecordHeaders } from '../kafka/record-headers.ts';
import { nestHandler } from '../nest/nest-handler.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { PayloadDrift } from '../observe/payload-drift.ts';
import { groupOfHandler, MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { ParkedRecords } from '../parking/parked-records.ts';
import { testRecord } from './test-record.ts';
import type { TestRecordOptions } from './test-record.ts';

/** What the record of `deliver()` is, beside its event and payload, and which handler gets it. */
export interface DeliverOptions extends TestRecordOptions {
  /** 1 unless given. */
  readonly attempt?: number;
  /** The name of the handler; the one without a name unless given. */
  readonly handler?: string | undefined;
}

/** The record that `deliver()` made, and whether its handler was called. */
export interface Delivered {
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** The event was handled before: this time nothing was done. */
  readonly repeated: boolean;
}

let nextOffset = 0;

/**
 * Runs the `@OnEvent` method of the application's controllers for one record, as the consumer does: the payload is encoded,
 * decoded and validated, guards, pipes and interceptors run, and the effect is a real one. `database`: a transaction with its inbox
 * row. `outside`: a claim and its confirmation. `repeatable`: the inbox is checked before and written after. The handler's
 * time-out holds.
 *
 * It is one attempt: what the handler throws is thrown here, and nothing is retried, parked or made a dead letter. To see
 * that, give the service the address of a `startTestBus()`. No broker is needed here, but the application's database is.
 * @throws what the handler throws; MessagingError PAYLOAD_INVALID, EVENT_VERSION_UNKNOWN, and those of the inbox
 */
export async function deliver<Payload>(
  app: INestApplication,
  event: EventDefinition<Payload>,
  payload: NoInfer<Payload>,
  options: DeliverOptions = {},
): Promise<Delivered> {
  const { eventId, topic, ...record } = testRecord(event, payload, options);
  const { offset, outcome } = await attemptOnce(app, topic, record, options);
  if (outcome.is === 'ignored') throw new Error(notHandled(event, options.handler));
  return { eventId, topic, partition: 0, offset, repeated: outcome.is === 'repeated' };
}

/** One attempt of the application's handler, if it has one for the record. */
export async function attemptOnce(
  app: INestApplication,
  topic: string,
  { key, value, headers }: EncodedRecord,
  { attempt = 1, handler }: Pick<DeliverOptions, 'attempt' | 'handler'> = {},
): Promise<{ offset: string; outcome: Outcome }> {
  const handling = (await handlersOf(app)).of(handler);
  const record = {
    offset: String(nextOffset++),
    timestamp: String(Date.now()),
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: RecordHeaders.from(headers),
  };
  const { service } = app.get<MessagingOptions>(MESSAGING_OPTIONS, { strict: false });
  const held = new HeldPartition(groupOfHandler(service, handler), { topic, partition: 0 });
  const delivery = new Delivery(held, record);
  delivery.attempts = attempt - 1;
  delivery.beginAttempt();
  try {
    return { offset: record.offset, outcome: await handling.attemptOnce(delivery) };
  } catch (error) {
    throw error instanceof GivenUp ? error.error : error;
  }
}

function notHandled({ name }: EventDefinition, handler: string | undefined): string {
  const which = handler === undefined ? 'without a name' : `with the name ${handler}`;
  return `no controller of this application handles ${name} in a handler ${which}`;
}

/** Of the application's handlers; undefined is that of those without a name. */
export async function handlerNamesOf(app: INestApplication): Promise<Array<string | undefined>> {
  return (await handlersOf(app)).names;
}

const collected = new WeakMap<INestApplication, HandlerCollector>();

async function handlersOf(app: INestApplication): Promise<HandlerCollector> {
  await app.init();
  const instanceLock = app.get(InstanceLock, { strict: false });
  // Claims need it, and it comes back by itself when the database does.
  if (instanceLock.session === undefined) await once(instanceLock, 'connected');
  const known = collected.get(app);
  if (known !== undefined) return known;

  const handlers = new HandlerCollector((name) => {
    const options = app.get<MessagingOptions>(MESSAGING_OPTIONS, { strict: false });
    const own = { ...options, group: groupOfHandler(options.service, name) };
    const dataSource = app.get(DataSource, { strict: false });
    return new RecordHandling(
      own,
      dataSource,
      new DeadLetters(own, dataSource),
      new ParkedRecords(own, dataSource),
      instanceLock,
      app.get(MessageEvents, { strict: false }),
      app.get(PayloadDrift, { strict: false }),
      app.get(HandlerPlaces, { strict: false }),
    );
  });
  app.connectMicroservice({ strategy: handlers });
  collected.set(app, handlers);
  return handlers;
}

/** A transport that receives nothing. Nest registers the handlers with it as with the consumer. */
class HandlerCollector extends Server implements CustomTransportStrategy {
  readonly #newHandling: (name: string | undefined) => RecordHandling;
  readonly #handlings = new Map<string | undefined, RecordHandling>();

  constructor(newHandling: (name: string | undefined) => RecordHandling) {
    super();
    this.#newHandling = newHandling;
  }

  get names(): Array<string | undefined> {
    return [...this.#handlings.keys()];
  }

  /** Of the handlers with this name. */
  of(name: string | undefined): RecordHandling {
    const handling = this.#handlings.get(name) ?? this.#newHandling(name);
    this.#handlings.set(name, handling);
    return handling;
  }

  override addHandler(
    _name: string,
    callback: MessageHandler,
    _isEvent?: boolean,
    extras: { readonly handler?: HandlerExtras } = {},
  ): void {
    if (extras.handler !== undefined) this.of(extras.handler.name).add(nestHandler(extras.handler, callback));
  }

  listen(callback: () => void): void {
    callback();
  }

  async close(): Promise<number> {
    return 0;
  }

  on(): never {
    throw new Error('there is no transport');
  }

  unwrap(): never {
    throw new Error('there is no transport');
  }
}
