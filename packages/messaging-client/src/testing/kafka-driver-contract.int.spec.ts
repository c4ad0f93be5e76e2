import { createTestDatabase } from '@event-bus/test-kit';
import { MemoryFileSystem, startBroker } from '@event-bus/log-broker';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeBatches } from '../../test/change-batches.ts';
import { newTestEvent, startTestService, until } from '../../test/start-test-service.ts';
import type { TestPayload } from '../../test/start-test-service.ts';
import { OnEvent } from '../handler/on-event.decorator.ts';
import { KAFKA_DRIVERS } from '../kafka/kafka-settings.ts';
import { loadDriver } from '../kafka/load-driver.ts';
import { kafkaDriverContract } from './kafka-driver-contract.ts';

let broker: Awaited<ReturnType<typeof startBroker>>;
let address: string;
beforeAll(async () => {
  broker = await startBroker({ listen: { port: 0 }, data: 'memory', files: new MemoryFileSystem() });
  address = process.env['KAFKA_BOOTSTRAP'] ?? `127.0.0.1:${broker.port}`;
});
afterAll(async () => broker.close());

describe.each(KAFKA_DRIVERS)('by %s,', async (driver) => {
  const connect = await loadDriver(driver);
  const names = kafkaDriverContract(connect, { brokers: [] }).map(({ name }) => name);
  it.each(names)('%s', async (name) => {
    await kafkaDriverContract(connect, { brokers: [address] })
      .find((one) => one.name === name)!
      .run();
  });
});

it('a driver that changes the order of a batch breaks the contract', async () => {
  const connect = await loadDriver();
  const reversed = changeBatches(connect, (batch) => ({ ...batch, records: batch.records.toReversed() }));
  const broken = kafkaDriverContract(reversed, { brokers: [address] });
  const read = broken.find(({ name }) => name.includes('reads them as they were sent'))!;
  await expect(read.run()).rejects.toThrow('the order of a key');
});

it('a service speaks with Kafka by the driver that it is given', async () => {
  const event = newTestEvent();
  const handled: number[] = [];
  @Controller()
  class Handlers {
    @OnEvent(event)
    async handle({ n }: TestPayload): Promise<void> {
      handled.push(n);
    }
  }
  const connect = await loadDriver();
  const connected: string[] = [];
  const database = await createTestDatabase();
  const service = await startTestService({
    databaseUrl: database.url,
    broker: address,
    publishes: [event],
    controllers: [Handlers],
    connectKafka: (settings, clientId) => {
      connected.push(clientId);
      return connect(settings, clientId);
    },
  });
  await service.publish(event, { key: 'a', n: 1 });
  await until(service.events, ['record.handled'], () => handled.includes(1));
  expect(connected.some((clientId) => clientId.endsWith('-relay'))).toBe(true);
  await service.stop();
  await database.drop();
});
