/**
 * Ours, as services use it: lanes, validation, inbox. With a database it is what ships. Without one the inbox is in
 * memory and everything else is the same, which shows what the lanes themselves can do.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MessagingModule, messagingMigrations, OnEvent, KafkaConsumerStrategy } from '@event-bus/messaging-client';
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

const options = optionsOf<ConsumeOptions>();
const counter = new RecordCounter(options);

class Handler {
  async handle(said: Said): Promise<void> {
    counter.started(said);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    counter.finished(said);
  }
}
decorate(Handler, 'handle', OnEvent(saidEvent(options.topic)) as MethodDecorator);
Controller()(Handler);

const dataSource = new DataSource({
  type: 'postgres',
  // Without a database there is nobody to listen to either; an address that refuses at once.
  url: options.databaseUrl ?? 'postgres://127.0.0.1:1/none',
  migrations: messagingMigrations,
  migrationsRun: true,
  poolSize: DATABASE_CONNECTIONS,
});
if (options.databaseUrl === undefined) keepInboxInMemory(dataSource);
else await dataSource.initialize();

class DatabaseModule {}
Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })(DatabaseModule);
class App {}
Module({
  imports: [
    { module: DatabaseModule, global: true },
    MessagingModule.forRoot({ service: `ours-${randomUUID()}`, kafka: { brokers: [options.address] }, publishes: [] }),
  ],
  controllers: [Handler],
})(App);

const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(App, {
  inject: [KafkaConsumerStrategy],
  useFactory: (strategy: KafkaConsumerStrategy) => ({ strategy }),
  logger: false,
});
await app.listen();

/** Every event is new, and every commit is at once. */
function keepInboxInMemory(source: DataSource): void {
  const manager = { query: async () => [{}] } as unknown as EntityManager;
  Object.assign(source, { transaction: async (work: (manager: EntityManager) => Promise<unknown>) => work(manager) });
}
