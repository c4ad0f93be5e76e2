/**
 * A service in a process of its own whose handler computes forever for one key: `node blocking-service.ts <JSON>`. Node
 * runs it as it stands, so decorators are called and not written.
 */
import 'reflect-metadata';
import {
  KafkaConsumerStrategy,
  MessagingModule,
  messagingMigrations,
  OnEvent,
  watchEventLoop,
} from '@event-bus/messaging-client';
import type { TransactionContext } from '@event-bus/messaging-client';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { z } from 'zod';

export interface BlockingServiceOptions {
  readonly databaseUrl: string;
  readonly broker: string;
  readonly group: string;
  readonly event: string;
  readonly topic: string;
  readonly endAfterMs: number;
}

const { databaseUrl, broker, group, event, topic, endAfterMs } = JSON.parse(process.argv[2]!) as BlockingServiceOptions;

const testEvent = {
  name: event,
  version: 1,
  topic: { name: topic, partitions: 3, retentionMs: 3_600_000 },
  key: ({ key }: { key: string }) => key,
  schema: z.object({ key: z.string(), n: z.int() }),
};

class Handlers {
  async handle({ key }: { key: string }, { manager }: TransactionContext): Promise<void> {
    await manager.query('INSERT INTO effect VALUES ($1, $2)', [topic, key]);
    if (key === 'poison') for (;;);
  }
}
OnEvent(testEvent)(Handlers.prototype, 'handle', Object.getOwnPropertyDescriptor(Handlers.prototype, 'handle')!);
Controller()(Handlers);

const dataSource = await new DataSource({
  type: 'postgres',
  url: databaseUrl,
  migrations: messagingMigrations(group),
  migrationsRun: true,
}).initialize();
class DatabaseModule {}
Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })(DatabaseModule);
class ServiceModule {}
Module({
  imports: [
    { module: DatabaseModule, global: true },
    MessagingModule.forRoot({ service: group, kafka: { brokers: [broker] }, publishes: [] }),
  ],
  controllers: [Handlers],
})(ServiceModule);

const app = await NestFactory.create(ServiceModule, { logger: false });
app.connectMicroservice({ strategy: app.get(KafkaConsumerStrategy) });
await app.startAllMicroservices();
// From now on: while it starts, a busy machine may hold it up for as long.
watchEventLoop({ reportAfterMs: endAfterMs / 2, endAfterMs });
