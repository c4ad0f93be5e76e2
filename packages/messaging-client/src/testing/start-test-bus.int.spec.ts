import { createTestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import { expect, it } from 'vitest';
import { newTestEvent, startTestService } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import { PermanentError } from '../errors.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import { startTestBus } from './start-test-bus.ts';

it('a service consumes from a test bus what was published to it, with retries and dead letters', async () => {
  const event = newTestEvent();
  const handled: TestPayload[] = [];
  @Controller()
  class Handlers {
    @OnEvent(event, { whenGivenUp: 'skip' })
    async handle(payload: TestPayload): Promise<void> {
      if (payload.n === 1) throw new PermanentError('not this one');
      handled.push(payload);
    }
  }
  const [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  const service = await startTestService({
    databaseUrl: database.url,
    broker: bus.address,
    publishes: [event],
    controllers: [Handlers],
  });
  const done = new Promise((resolve) => service.events.on('record.handled', resolve));
  const eventId = await bus.publish(event, { key: 'a', n: 1 });
  await bus.publish(event, { key: 'a', n: 2 }, { eventId: 'given' });
  expect(await done).toMatchObject({ eventId: 'given', event: event.name });
  expect(handled).toEqual([{ key: 'a', n: 2 }]);
  expect(await service.deadLetters.find({ topic: event.topic.name })).toMatchObject([{ eventId, reason: 'permanent' }]);
  await service.stop();
  await bus.close();
  await database.drop();
});
