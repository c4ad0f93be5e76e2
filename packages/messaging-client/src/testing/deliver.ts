import { once } from 'node:events';
import type { INestApplication } from '@nestjs/common';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { DataSource } from 'typeorm';
import type { EventHandler } from '../consume/process-record.ts';
import { HandlerRunner } from '../consume/run-handler.ts';
import { InstanceLock } from '../database/instance-lock.ts';
import { decodeHeaders, decodeValue } from '../envelope/decode-record.ts';
import { MessagingError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import type { EventDefinition } from '../event-definition.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import type { RecordFacts } from '../handler/record-context.ts';
import { runWithRecord } from '../observe/current-record.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { runInTrace } from '../observe/trace-context.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { testRecord } from './test-record.ts';
import type { TestRecordOptions } from './test-record.ts';

export interface DeliverOptions extends TestRecordOptions {
  /** 1 unless given. */
  readonly attempt?: number;
}

export interface Delivery {
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
): Promise<Delivery> {
  const { group, handlers, runner } = await consumerOf(app);
  const record = testRecord(event, payload, options);
  const headers = decodeHeaders(record);
  const handler = handlers.get(headers.name);
  if (handler === undefined) throw new Error(`no controller of this application handles ${headers.name}`);
  if (headers.version !== handler.event.version) {
    throw new MessagingError(
      'EVENT_VERSION_UNKNOWN',
      `${headers.name} is handled as v${handler.event.version}, not as v${headers.version}`,
    );
  }
  const read = await readPayload(handler.event, decodeValue(Buffer.from(record.value)));
  if ('problems' in read) throw new MessagingError('PAYLOAD_INVALID', read.problems.join('; '));

  const place = { topic: record.topic, partition: 0, offset: String(nextOffset++) };
  const facts: RecordFacts = { ...place, event: headers, key: record.key, group, attempt: options.attempt ?? 1 };
  const handled = await runInTrace(headers.traceparent, () =>
    runWithRecord({ ...place, eventId: headers.id, event: headers.name }, () =>
      runner.run(handler, { payload: read.payload, record: facts, effect: {}, alsoWrite: undefined }),
    ),
  );
  return { ...place, eventId: headers.id, repeated: !handled };
}

interface Consumer {
  readonly group: string;
  readonly handlers: ReadonlyMap<string, EventHandler>;
  readonly runner: HandlerRunner;
}

const consumers = new WeakMap<INestApplication, Consumer>();

async function consumerOf(app: INestApplication): Promise<Consumer> {
  await app.init();
  const instanceLock = app.get(InstanceLock, { strict: false });
  // Claims need it, and it comes back by itself when the database does.
  if (instanceLock.session === undefined) await once(instanceLock, 'connected');
  const known = consumers.get(app);
  if (known !== undefined) return known;

  const collector = new HandlerCollector();
  app.connectMicroservice({ strategy: collector });
  const consumer = {
    group: app.get<MessagingOptions>(MESSAGING_OPTIONS, { strict: false }).service,
    handlers: collector.eventHandlers,
    runner: new HandlerRunner(
      app.get(DataSource, { strict: false }),
      instanceLock,
      app.get(MessageEvents, { strict: false }),
    ),
  };
  consumers.set(app, consumer);
  return consumer;
}

/** A transport that receives nothing. Nest gives it the handlers as it gives them to the consumer: with all that is bound to them. */
class HandlerCollector extends Server implements CustomTransportStrategy {
  readonly eventHandlers = new Map<string, EventHandler>();

  override addHandler(
    name: string,
    callback: MessageHandler,
    _isEvent?: boolean,
    extras: { readonly handler?: HandlerExtras } = {},
  ): void {
    if (extras.handler === undefined) return;
    const { batch } = extras.handler;
    this.eventHandlers.set(name, {
      ...extras.handler,
      call: (payload, context) =>
        batch === undefined ? call(callback, payload, context) : call(callback, [payload], [context]),
      callTogether: (payloads, contexts) => call(callback, payloads, contexts),
    });
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

async function call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
