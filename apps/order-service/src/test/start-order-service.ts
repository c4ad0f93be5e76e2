import type { MemberSignedUp } from '@event-bus/event-catalog';
import type { TransactionContext } from '@event-bus/messaging-client';
import { loadConfig } from '@event-bus/service-kit';
import { databaseOpened, serveForTest } from '@event-bus/service-kit/testing';
import type { ServiceUnderTest } from '@event-bus/service-kit/testing';
import { DataSource } from 'typeorm';
import { createTestDatabase } from '@event-bus/test-kit';
import { orderServiceEnv } from '../config.ts';
import { KeepCustomerWhenMemberSignedUp } from '../customers/keep-customer-when-member-signed-up.ts';
import { OrderServiceModule, SERVICE } from '../order-service.module.ts';

export interface OrderServiceUnderTest extends ServiceUnderTest {
  readonly dataSource: DataSource;
  /** As the consumer would hand the event to its handler. */
  hear(member: MemberSignedUp): Promise<void>;
  stop(): Promise<void>;
}

/** The service with a database of its own. No broker is there: what it says stays in the outbox, to be looked at. */
export async function startOrderService(): Promise<OrderServiceUnderTest> {
  const database = await createTestDatabase();
  const config = loadConfig(SERVICE, orderServiceEnv, {
    HTTP_PORT: '0',
    DATABASE_URL: database.url,
    KAFKA_BROKERS: '127.0.0.1:1',
    RECEIPT_FROM: 'orders@example.com',
  });
  const service = await serveForTest({ module: OrderServiceModule.forRoot(config) });
  await databaseOpened(service);
  const dataSource = service.app.get(DataSource);
  const handler = service.app.get(KeepCustomerWhenMemberSignedUp);
  return {
    ...service,
    dataSource,
    hear: (member) =>
      dataSource.transaction((manager) => handler.keep(member, { manager } as unknown as TransactionContext)),
    stop: async () => {
      await service.app.close();
      await database.drop();
    },
  };
}
