import { createTestDatabase } from '@event-bus/test-kit';
import { describeBus } from '../test/bus-conformance.ts';
import { startTestBroker } from '../test/start-broker.ts';
import { startTestService } from '../test/start-test-service.ts';

describeBus(process.env['KAFKA_BOOTSTRAP'] ?? 'log-broker', async () => {
  const [database, broker] = await Promise.all([createTestDatabase(), startTestBroker()]);
  // Migrates once, so that no test has to.
  const service = await startTestService({ databaseUrl: database.url, broker: broker.address });
  await service.dataSource.query(
    'CREATE TABLE effect (seq bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, said text NOT NULL)',
  );
  await service.stop();
  return {
    broker,
    databaseUrl: database.url,
    close: async () => {
      await broker.close();
      await database.drop();
    },
  };
});
