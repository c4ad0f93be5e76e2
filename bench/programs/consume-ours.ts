/** Ours, as services use it: lanes, validation, and the inbox that the handler's effect asks for. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  KafkaConsumerStrategy,
  MessagingFigures,
  MessagingModule,
  messagingMigrations,
  OnEvent,
  OnEvents,
} from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext, RecordContext, TransactionContext } from '@event-bus/messaging-client';
import { Controller, Module, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import { noteTaken } from '../harness/note-taken.ts';
import type { Note } from '../harness/note-taken.ts';
import { decorate } from './decorate.ts';
import { SliceClock } from './metrics-in-turn.ts';
import { optionsOf } from './program.ts';
import { RecordCounter } from './record-counter.ts';
import type { ConsumeOptions } from './record-counter.ts';
import { switchMetrics } from './switch-metrics.ts';
import type { SwitchedMetrics } from './switch-metrics.ts';

/** As in the services, see databaseModule of service-kit. */
const DATABASE_CONNECTIONS = 24;

const BATCH_RECORDS = 200;
const BATCH_WAIT_MS = 5;

const options = optionsOf<ConsumeOptions>();
const { driver, handler, interceptor, metricsInTurn, databaseUrl } = options.ours!;
const counter = new RecordCounter(options);
let metrics: SwitchedMetrics;
const slices = metricsInTurn && new SliceClock(metricsInTurn, () => metrics);
const event = noteTaken(options.topic);

const WRITE = `
  INSERT INTO note (key, n) SELECT * FROM unnest($1::text[], $2::integer[])
  ON CONFLICT (key) DO UPDATE SET n = excluded.n`;

class Handler {
  async handle(note: Note, _context: RecordContext): Promise<void> {
    counter.started(note);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    counter.finished(note);
    slices?.count();
  }
}

class OutsideHandler {
  async handle(note: Note, context: OutsideContext): Promise<Confirmed> {
    const claim = await context.claim();
    await new Handler().handle(note, context);
    return claim.confirm();
  }
}

class TransactionHandler {
  async handle(note: Note, { manager }: TransactionContext): Promise<void> {
    counter.started(note);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    await manager.query(WRITE, [[note.key], [note.n]]);
    counter.finished(note);
  }
}

class BatchHandler {
  async handle(all: Note[], [first]: TransactionContext[]): Promise<void> {
    if (options.handlerMs > 0) await delay(options.handlerMs);
    const last = new Map(all.map(({ key, n }) => [key, n]));
    await first!.manager.query(WRITE, [[...last.keys()], [...last.values()]]);
    // A batch may hold several of a key, one after the other.
    for (const note of all) {
      counter.started(note);
      counter.finished(note);
    }
  }
}

class PassingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    return next.handle();
  }
}

const [Subscriber, subscribe] = {
  'no inbox': [Handler, OnEvent(event, { effect: 'repeatable', inbox: false })] as const,
  repeatable: [Handler, OnEvent(event, { effect: 'repeatable' })] as const,
  outside: [OutsideHandler, OnEvent(event, { effect: 'outside', whenAmbiguous: 'resend' })] as const,
  transaction: [TransactionHandler, OnEvent(event)] as const,
  shared: [TransactionHandler, OnEvent(event, { shareTransaction: true })] as const,
  batch: [BatchHandler, OnEvents(event, { max: BATCH_RECORDS, waitMs: BATCH_WAIT_MS })] as const,
}[handler];
decorate(Subscriber, 'handle', subscribe as MethodDecorator);
if (interceptor) decorate(Subscriber, 'handle', UseInterceptors(new PassingInterceptor()));
Controller()(Subscriber);

const service = `ours-${randomUUID()}`;
const dataSource = new DataSource({
  type: 'postgres',
  url: databaseUrl,
  migrations: messagingMigrations(service),
  migrationsRun: true,
  poolSize: DATABASE_CONNECTIONS,
  extra: { pipeline: true },
});
await dataSource.initialize();
await dataSource.query('CREATE TABLE note (key text PRIMARY KEY, n integer NOT NULL) WITH (fillfactor = 50)');

class DatabaseModule {}
Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })(DatabaseModule);
class App {}
Module({
  imports: [
    { module: DatabaseModule, global: true },
    MessagingModule.forRoot({ service, kafka: { brokers: [options.address], driver }, publishes: [] }),
  ],
  controllers: [Subscriber],
})(App);

const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(App, {
  inject: [KafkaConsumerStrategy],
  useFactory: (strategy: KafkaConsumerStrategy) => ({ strategy }),
  logger: false,
});
if (metricsInTurn !== undefined) metrics = switchMetrics(app.get(MessagingFigures));
await app.listen();
