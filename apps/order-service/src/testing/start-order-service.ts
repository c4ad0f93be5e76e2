import { memberSignedUp } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { deliver } from '@event-bus/messaging-client/testing';
import type { Delivered } from '@event-bus/messaging-client/testing';
import { loadConfig } from '@event-bus/service-kit';
import { databaseOpened, serveForTest } from '@event-bus/service-kit/testing';
import type { ServiceUnderTest } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { DataSource } from 'typeorm';
import { env } from '../config.ts';
import { OrderServiceModule } from '../order-service.module.ts';

export interface OrderServiceUnderTest extends ServiceUnderTest {
  readonly dataSource: DataSource;
  signUp(member: MemberSignedUp, options?: { readonly eventId?: string }): Promise<Delivered>;
  stop(): Promise<void>;
}

/** The service with a database of its own. No broker is there: what it publishes stays in the outbox. */
export async function startOrderService(): Promise<OrderServiceUnderTest> {
  const database = await createTestDatabase();
  const config = loadConfig(OrderServiceModule.service, env, {
    HTTP_PORT: '0',
    DATABASE_URL: database.url,
    KAFKA_BROKERS: '127.0.0.1:1',
    RECEIPT_FROM: 'orders@example.com',
  });
  const service = await serveForTest({ module: OrderServiceModule.forRoot(config) });
  return {
    ...service,
    dataSource: await databaseOpened(service),
    signUp: async (member, options) => deliver(service.app, memberSignedUp, member, options),
    stop: async () => {
      await service.app.close();
      await database.drop();
    },
  };
}
