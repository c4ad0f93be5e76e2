/**
 * Ours, as services use it: lanes, validation, inbox. With a database it is what ships, by the handler's kind of effect.
 * Without one the inbox forgets everything and all else is the same, which shows what the lanes themselves can do.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  KafkaConsumerStrategy,
  MessagingModule,
  messagingMigrations,
  OnEvent,
  OnEvents,
} from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext, RecordContext, TransactionContext } from '@event-bus/messaging-client';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { saidEvent } from '../harness/said.ts';
import type { Said } from '../harness/said.ts';
import { decorate } from './decorate.ts';
import { optionsOf } from './program.ts';
import { RecordCounter } from './record-counter.ts';
import type { ConsumeOptions } from './record-counter.ts';

/** As in the services, see DATABASE_CONNECTIONS_MAX of service-kit. */
const DATABASE_CONNECTIONS = 20;

const BATCH_RECORDS = 200;
const BATCH_WAIT_MS = 5;

const options = optionsOf<ConsumeOptions>();
const counter = new RecordCounter(options);

const event = saidEvent(options.topic);

class Handler {
  async handle(said: Said, context: RecordContext): Promise<void> {
    counter.started(said);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    if (options.effect === 'database') await write(said, context as TransactionContext);
    counter.finished(said);
  }
}

class OutsideHandler {
  async handle(said: Said, context: OutsideContext): Promise<Confirmed> {
    const claim = await context.claim();
    await new Handler().handle(said, context);
    return claim.confirm();
  }
}

class BatchHandler {
  async handle(all: Said[], [first]: TransactionContext[]): Promise<void> {
    if (options.handlerMs > 0) await delay(options.handlerMs);
    const last = new Map(all.map(({ key, n }) => [key, n]));
    await first!.manager.query(WRITE, [[...last.keys()], [...last.values()]]);
    // A batch may hold several of a key, one after the other.
    for (const said of all) {
      counter.started(said);
      counter.finished(said);
    }
  }
}

const WRITE = `
  INSERT INTO heard (key, n) SELECT * FROM unnest($1::text[], $2::integer[])
  ON CONFLICT (key) DO UPDATE SET n = excluded.n`;

async function write({ key, n }: Said, { manager }: TransactionContext): Promise<void> {
  await manager.query(WRITE, [[key], [n]]);
}

const [Listener, listen] = {
  repeatable: [Handler, OnEvent(event, { effect: 'repeatable' })] as const,
  outside: [OutsideHandler, OnEvent(event, { effect: 'outside', whenAmbiguous: 'resend' })] as const,
  database: [Handler, OnEvent(event)] as const,
  batch: [BatchHandler, OnEvents(event, { max: BATCH_RECORDS, waitMs: BATCH_WAIT_MS })] as const,
}[options.effect ?? 'repeatable'];
decorate(Listener, 'handle', listen as MethodDecorator);
Controller()(Listener);

const service = `ours-${randomUUID()}`;
const dataSource = new DataSource({
  type: 'postgres',
  // Without a database there is nobody to listen to either; an address that refuses at once.
  url: options.databaseUrl ?? 'postgres://127.0.0.1:1/none',
  migrations: messagingMigrations(service),
  migrationsRun: true,
  poolSize: DATABASE_CONNECTIONS,
});
if (options.databaseUrl === undefined) keepInboxInMemory(dataSource);
else await dataSource.initialize();
if (options.effect === 'database' || options.effect === 'batch') {
  await dataSource.query('CREATE TABLE heard (key text PRIMARY KEY, n integer NOT NULL) WITH (fillfactor = 50)');
}

class DatabaseModule {}
Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })(DatabaseModule);
class App {}
Module({
  imports: [
    { module: DatabaseModule, global: true },
    MessagingModule.forRoot({ service, kafka: { brokers: [options.address] }, publishes: [] }),
  ],
  controllers: [Listener],
})(App);

const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(App, {
  inject: [KafkaConsumerStrategy],
  useFactory: (strategy: KafkaConsumerStrategy) => ({ strategy }),
  logger: false,
});
await app.listen();

/** Every event is new, and nothing is parked. */
function keepInboxInMemory(source: DataSource): void {
  const manager = { query: async () => [] } as unknown as EntityManager;
  const transaction = async (work: (manager: EntityManager) => Promise<unknown>): Promise<unknown> => work(manager);
  Object.assign(source, { query: manager.query, transaction });
}
