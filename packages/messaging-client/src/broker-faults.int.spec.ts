import { randomUUID } from 'node:crypto';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { createTestDatabase } from '@event-bus/test-kit';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTestEvent, startTestService, until } from '../test/start-test-service.ts';
import type { TestPayload, TestService } from '../test/start-test-service.ts';
import type { EventDefinition } from './event-definition.ts';
import { OnEvent } from './handler/on-event.decorator.ts';

const PRODUCE = 0;
const OFFSET_COMMIT = 8;
const NOT_ENOUGH_REPLICAS = 19;
const REQUEST_TIMED_OUT = 7;

describe('a broker that refuses for a while', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let testEvent: EventDefinition<TestPayload>;

  beforeAll(async () => {
    [broker, database] = await Promise.all([
      startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() }),
      createTestDatabase(),
    ]);
  });
  afterAll(async () => {
    await broker.close();
    await database.drop();
  });
  beforeEach(() => {
    testEvent = newTestEvent();
  });

  /** A service that handles what it publishes, and the numbers that it has handled. */
  async function start(group = `group-${randomUUID()}`): Promise<{ service: TestService; handled: number[] }> {
    const handled: number[] = [];
    @Controller()
    class Handlers {
      @OnEvent(testEvent)
      async handle({ n }: TestPayload): Promise<void> {
        handled.push(n);
      }
    }
    const service = await startTestService({
      databaseUrl: database.url,
      broker: `127.0.0.1:${broker.port}`,
      service: group,
      publishes: [testEvent],
      controllers: [Handlers],
    });
    return { service, handled };
  }

  it('what it does not take waits in the outbox and is published later, in order', async () => {
    const { service, handled } = await start();
    broker.faults.on(PRODUCE, { do: 'error', code: NOT_ENOUGH_REPLICAS }, 5);
    for (const n of [1, 2, 3]) await service.publish(testEvent, { key: 'k', n });
    await until(service.events, ['record.handled'], () => handled.length >= 3);
    expect(handled).toEqual([1, 2, 3]);
    await service.stop();
  });

  it('offsets it does not take are committed later, and nothing is handled twice', async () => {
    const { service, handled } = await start();
    broker.faults.on(OFFSET_COMMIT, { do: 'error', code: REQUEST_TIMED_OUT }, 3);
    for (const n of [1, 2, 3]) await service.publish(testEvent, { key: 'k', n });
    await until(service.events, ['record.handled'], () => handled.length >= 3);
    await service.stop();
    expect(handled).toEqual([1, 2, 3]);
  });

  it('a group whose coordinator moves loses nothing and handles nothing twice', async () => {
    const group = `group-${randomUUID()}`;
    const first = await start(group);
    await first.service.publish(testEvent, { key: 'k', n: 1 });
    await until(first.service.events, ['record.handled'], () => first.handled.length >= 1);
    broker.faults.moveCoordinator('group', group);
    for (const n of [2, 3, 4]) await first.service.publish(testEvent, { key: 'k', n });
    await until(first.service.events, ['record.handled'], () => first.handled.length >= 4);
    await first.service.stop();
    const second = await start(group);
    await second.service.publish(testEvent, { key: 'k', n: 5 });
    await until(second.service.events, ['record.handled'], () => second.handled.includes(5));
    await second.service.stop();
    expect([...first.handled, ...second.handled]).toEqual([1, 2, 3, 4, 5]);
  });
});
