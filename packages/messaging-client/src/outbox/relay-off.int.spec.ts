import { createTestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { startTestBroker } from '../../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';

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

  const relaying = await startTestService(options);
  await until(without.events, ['record.handled'], () => handled.includes(1));
  expect(relayed).toEqual([]);
  await without.stop();
  await relaying.stop();
  await broker.close();
  await database.drop();
});
