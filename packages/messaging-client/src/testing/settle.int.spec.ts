import 'reflect-metadata';
import { Controller, Inject, Module } from '@nestjs/common';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { afterEach, expect, it } from 'vitest';
import { dataSourceModule } from '../../test/data-source-module.ts';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import { newTestEvent } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import type { EventDefinition } from '../event-definition.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import type { TransactionContext } from '../handler/record-context.ts';
import { MessagingModule } from '../nest/messaging.module.ts';
import { Outbox } from '../outbox/append-to-outbox.ts';
import { settle } from './settle.ts';

const ordered = newTestEvent();
const billed = newTestEvent();
let failing: string | undefined;

@Controller()
class Billing {
  readonly #outbox: Outbox;

  constructor(@Inject(Outbox) outbox: Outbox) {
    this.#outbox = outbox;
  }

  @OnEvent(ordered)
  async bill(payload: TestPayload, { manager }: TransactionContext): Promise<void> {
    if (payload.key === failing) throw new Error('no bill today');
    await this.#outbox.append(manager, billed, payload);
  }
}

const seen: number[] = [];
@Controller()
class Mailing {
  @OnEvent(billed)
  async mail({ n }: TestPayload): Promise<void> {
    seen.push(n);
  }
}

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  failing = undefined;
  seen.length = 0;
  for (const close of closers.splice(0)) await close();
});

async function start(service: string, publishes: EventDefinition[], controllers: Type[]): Promise<INestApplication> {
  const { dataSource, drop } = await openMessagingDatabase(service);
  @Module({
    imports: [
      dataSourceModule(dataSource),
      MessagingModule.forRoot({ service, kafka: { brokers: ['127.0.0.1:1'] }, publishes, relay: { enabled: false } }),
    ],
    controllers,
  })
  class ServiceModule {}
  const app = await NestFactory.create(ServiceModule, { logger: false });
  closers.push(async () => {
    await app.close();
    await drop();
  });
  return app;
}

async function order(shop: INestApplication, ...payloads: TestPayload[]): Promise<void> {
  await shop.get(DataSource).transaction(async (manager) => shop.get(Outbox).appendAll(manager, ordered, payloads));
}

it('events go through all services once, in order, and so do those that handlers append', async () => {
  const shop = await start('shop', [ordered], []);
  const billing = await start('billing', [billed], [Billing]);
  const mailing = await start('mailing', [], [Mailing]);
  await order(shop, { key: 'a', n: 1 }, { key: 'a', n: 2 });
  const settled = await settle(shop, billing, mailing);
  expect(settled.filter(({ name }) => name === ordered.name).map(({ handledBy }) => handledBy)).toEqual([
    ['billing'],
    ['billing'],
  ]);
  expect(settled.filter(({ name }) => name === billed.name).map(({ handledBy }) => handledBy)).toEqual([
    ['mailing'],
    ['mailing'],
  ]);
  expect(seen).toEqual([1, 2]);
  expect(await settle(shop, billing, mailing)).toEqual([]);
});

it('an event whose handler throws stays pending with those behind it, and the next call goes on with them', async () => {
  const shop = await start('shop', [ordered], []);
  const billing = await start('billing', [billed], [Billing]);
  failing = 'bad';
  await order(shop, { key: 'good', n: 1 }, { key: 'bad', n: 2 }, { key: 'good', n: 3 });
  await expect(settle(shop, billing)).rejects.toThrow('no bill today');
  failing = undefined;
  const settled = await settle(shop, billing);
  expect(settled.filter(({ name }) => name === ordered.name)).toHaveLength(2);
  expect(await billing.get(DataSource).query(`SELECT payload->>'n' AS n FROM outbox ORDER BY seq`)).toEqual([
    { n: '1' },
    { n: '2' },
    { n: '3' },
  ]);
});
