import { memberSignedUp } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { deliver } from '@event-bus/messaging-client/testing';
import type { Delivered } from '@event-bus/messaging-client/testing';
import { startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { env } from '../config.ts';
import { OrderServiceModule } from '../order-service.module.ts';

export interface OrderServiceUnderTest extends StartedService {
  signUp(member: MemberSignedUp, options?: { readonly eventId?: string }): Promise<Delivered>;
}

/** The service with a database of its own. No broker is there: what it publishes stays in the outbox. */
export async function startOrderService(): Promise<OrderServiceUnderTest> {
  const database = await createTestDatabase();
  const service = await startForTest(OrderServiceModule, env, { DATABASE_URL: database.url });
  return {
    ...service,
    signUp: async (member, options) => deliver(service.app, memberSignedUp, member, options),
    stop: async () => service.stop().then(database.drop),
  };
}
