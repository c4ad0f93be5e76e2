/** A service that only appends and relays. Reports the rate at which a backlog was sent, or writes at a rate and reports when each event was committed. */
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageEvents, MessagingModule, messagingMigrations, Outbox } from '@event-bus/messaging-client';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { noteTaken } from '../harness/note-taken.ts';
import { answer, optionsOf } from './program.ts';
import { BacklogClock, valueOf, writeAtRate } from './relay-clock.ts';
import type { RelayOptions } from './relay-clock.ts';

const SERVICE = 'bench';
const options = optionsOf<RelayOptions>();
const event = noteTaken(options.topic);
const dataSource = new DataSource({
  type: 'postgres',
  url: options.databaseUrl,
  migrations: messagingMigrations(SERVICE),
  migrationsRun: true,
  poolSize: 20,
});
await dataSource.initialize();
await dataSource.query(
  `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, tracingspancontext)
   SELECT $1, 'key-' || n % $4, $2, 1, 'bench', $5::json,
          'traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
     FROM generate_series(1, $3::integer) AS n`,
  [options.topic, event.name, options.backlog, options.keys, JSON.stringify(valueOf(0))],
);
await dataSource.query('ANALYZE outbox');

class DatabaseModule {}
Module({ providers: [{ provide: DataSource, useValue: dataSource }], exports: [DataSource] })(DatabaseModule);
class App {}
Module({
  imports: [
    { module: DatabaseModule, global: true },
    MessagingModule.forRoot({
      service: SERVICE,
      kafka: { brokers: [options.address], driver: options.driver },
      publishes: [event],
    }),
  ],
})(App);

const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
const clock = new BacklogClock(options.backlog);
app.get(MessageEvents).on('outbox.published', ({ rows }) => clock.passed(rows));
if (options.backlog > 0) {
  answer({ perSecond: await clock.finished });
} else {
  await delay(1_000);
  const outbox = app.get(Outbox);
  answer({
    committedAt: await writeAtRate(options, async (n) => {
      await dataSource.transaction(async (manager) => outbox.append(manager, event, valueOf(n)));
    }),
  });
}
