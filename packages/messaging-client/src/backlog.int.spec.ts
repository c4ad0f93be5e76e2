import { Controller } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { createTestDatabase } from '@event-bus/test-kit';
import { startTestBroker } from '../test/start-broker.ts';
import { newTestEvent, startTestService, until } from '../test/start-test-service.ts';
import type { TestPayload } from '../test/start-test-service.ts';
import { OnEvent } from './handler/on-event.decorator.ts';
import { ensureTopics } from './kafka/ensure-topics.ts';
import { KAFKA_DRIVERS } from './kafka/kafka-settings.ts';
import { loadDriver } from './kafka/load-driver.ts';
import { RECORDS_IN_FLIGHT_MAX } from './limits.ts';

/** A transaction for each record: a minute on a machine whose cores are busy with something else. */
const WORKED_OFF_WITHIN_MS = 180_000;

it.each(KAFKA_DRIVERS)(
  'a backlog of several times the records that may be in flight is worked off by %s, each key in its order',
  async (driver) => {
    const testEvent = newTestEvent();
    const [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
    const connectKafka = await loadDriver(driver);
    await ensureTopics(connectKafka({ brokers: [broker.address] }, 'test'), [testEvent.topic], 1);
    const producer = kafka.producer();
    await producer.connect();
    const count = 3 * RECORDS_IN_FLIGHT_MAX;
    const KEYS = 100;
    await producer.send({
      topic: testEvent.topic.name,
      messages: Array.from({ length: count }, (_, n) => ({
        key: `key${n % KEYS}`,
        value: JSON.stringify({ key: `key${n % KEYS}`, n }),
        headers: {
          ce_specversion: '1.0',
          ce_id: `id${n}`,
          ce_source: 'test',
          ce_type: testEvent.name,
          ce_dataschema: `urn:event:${testEvent.name}:v1`,
        },
      })),
    });
    await producer.disconnect();

    const seen = new Map<string, number[]>();
    let total = 0;
    @Controller()
    class Handlers {
      @OnEvent(testEvent)
      async handle({ key, n }: TestPayload): Promise<void> {
        const numbers = seen.get(key) ?? [];
        seen.set(key, numbers);
        numbers.push(n);
        total += 1;
      }
    }
    const service = await startTestService({
      databaseUrl: database.url,
      broker: broker.address,
      driver,
      controllers: [Handlers],
    });
    await until(service.events, ['record.handled'], () => total >= count, WORKED_OFF_WITHIN_MS);
    for (const numbers of seen.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(total).toBe(count);
    await service.stop();
    await broker.close();
    await database.drop();
  },
  WORKED_OFF_WITHIN_MS + 30_000,
);
