import { createTestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { startTestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import { findShardHolders } from './inspect-outbox.ts';
import { queryOf } from '../database/query.ts';

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
  await without.publish(event, { key: 'a', n: 1 });
  expect(without.relay.health()).toEqual({ ready: true, detail: 'the relay is off in this instance' });
  const holders = await findShardHolders(queryOf(without.dataSource));
  expect(holders.filter(({ pid }) => pid !== null)).toEqual([]);
  expect(await without.dataSource.query('SELECT 1 FROM outbox WHERE published_at IS NULL')).toHaveLength(1);

  const relaying = await startTestService(options);
  await until(without.events, ['record.handled'], () => handled.includes(1));
  await without.stop();
  await relaying.stop();
  await broker.close();
  await database.drop();
});
