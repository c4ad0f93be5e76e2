import { createTestDatabase } from '@event-bus/test-kit';
import type { KafkaDriver } from '../src/kafka/kafka-settings.ts';
import { startTestBroker } from './start-broker.ts';
import type { TestBroker } from './start-broker.ts';
import { startTestService } from './start-test-service.ts';

export interface Bus {
  readonly broker: TestBroker;
  readonly driver: KafkaDriver;
  readonly databaseUrl: string;
  close(): Promise<void>;
}

export const EFFECTS_TABLE = 'effect';

/** A broker, and a database with all tables and one for the effects of handlers. */
export async function startBus(driver: KafkaDriver = 'kafkajs'): Promise<Bus> {
  const [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  // Migrates once, so that no test has to.
  const service = await startTestService({ databaseUrl: database.url, broker: broker.address, driver });
  await service.dataSource.query(`
    CREATE TABLE ${EFFECTS_TABLE} (seq bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, name text NOT NULL)`);
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
