import { startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { env } from '../config.ts';
import { MemberServiceModule } from '../member-service.module.ts';

/** The service with a database of its own. No broker is there, and sign-up does not need one. */
export async function startMemberService(): Promise<StartedService> {
  const database = await createTestDatabase();
  const service = await startForTest(MemberServiceModule, env, { DATABASE_URL: database.url });
  return { ...service, stop: async () => service.stop().then(database.drop) };
}
