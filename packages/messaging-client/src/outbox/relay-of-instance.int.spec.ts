import { once } from 'node:events';
import { createTestDatabase } from '@event-bus/test-kit';
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { dataSourceModule } from '../../test/data-source-module.ts';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { startTestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import { MessagingModule } from '../nest/messaging.module.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { Outbox } from './append-to-outbox.ts';

it('an instance whose relay is off appends and consumes, and holds no shard: another one publishes its events', async () => {
  const event = newTestEvent();
  const handled: number[] = [];
  @Controller()
  class Handlers {
    @OnEvent(event)
    async handle({ n }: TestPayload): Promise<void> {
      handled.push(n);
    }
  }
  const [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  const options = { databaseUrl: database.url, broker: broker.address, publishes: [event] };
  const without = await startTestService({ ...options, controllers: [Handlers], relay: { enabled: false } });
  const relayed: string[] = [];
  for (const name of ['relay.shards', 'outbox.published'] as const) without.events.on(name, () => relayed.push(name));
  await without.publish(event, { key: 'a', n: 1 });
  expect(without.relay.health()).toEqual({ ready: true, detail: 'the relay is off in this instance' });
  expect(without.relay.connection()).toEqual({ state: 'off', since: null, error: null });

  const relaying = await startTestService(options);
  await until(without.events, ['record.handled'], () => handled.includes(1));
  expect(relayed).toEqual([]);
  await without.stop();
  await relaying.stop();
  await broker.close();
  await database.drop();
});

it('an application without HTTP and without handlers relays', async () => {
  const event = newTestEvent();
  const [{ dataSource, drop }, broker] = await Promise.all([openMessagingDatabase('shop'), startTestBroker()]);
  @Module({
    imports: [
      dataSourceModule(dataSource),
      MessagingModule.forRoot({ service: 'shop', kafka: { brokers: [broker.address] }, publishes: [event] }),
    ],
  })
  class RelayModule {}
  const app = await NestFactory.createApplicationContext(RelayModule, { logger: false });
  const published = once(app.get(MessageEvents), 'outbox.published');
  await dataSource.transaction(async (manager) => app.get(Outbox).append(manager, event, { key: 'a', n: 1 }));
  expect(await published).toMatchObject([{ rows: 1 }]);
  await app.close();
  await drop();
  await broker.close();
});
