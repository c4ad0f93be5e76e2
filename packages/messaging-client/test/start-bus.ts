import { createTestDatabase } from '@event-bus/test-kit';
import type { KafkaDriver } from '../src/kafka/kafka-settings.ts';
import type { Bus } from './bus-conformance.ts';
import { startTestBroker } from './start-broker.ts';
import { startTestService } from './start-test-service.ts';

/** A broker, and a database with all tables and one for the effects of handlers. */
export async function startBus(driver: KafkaDriver): Promise<Bus> {
  const [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  // Migrates once, so that no test has to.
  const service = await startTestService({ databaseUrl: database.url, broker: broker.address, driver });
  await service.dataSource.query(
    'CREATE TABLE effect (seq bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, said text NOT NULL)',
  );
  await service.stop();
  return {
    broker,
    driver,
    databaseUrl: database.url,
    close: async () => {
      await broker.close();
      await database.drop();
    },
  };
}
