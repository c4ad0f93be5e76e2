import { loadConfig } from '@event-bus/service-kit';
import { databaseOpened, serveForTest } from '@event-bus/service-kit/testing';
import type { ServiceUnderTest } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { DataSource } from 'typeorm';
import { env } from '../config.ts';
import { MemberServiceModule } from '../member-service.module.ts';

export interface MemberServiceUnderTest extends ServiceUnderTest {
  readonly dataSource: DataSource;
  stop(): Promise<void>;
}

/** The service with a database of its own. No broker is there, and sign-up does not need one. */
export async function startMemberService(): Promise<MemberServiceUnderTest> {
  const database = await createTestDatabase();
  const config = loadConfig(MemberServiceModule.service, env, {
    HTTP_PORT: '0',
    DATABASE_URL: database.url,
    KAFKA_BROKERS: '127.0.0.1:1',
  });
  const service = await serveForTest({ module: MemberServiceModule.forRoot(config) });
  return {
    ...service,
    dataSource: await databaseOpened(service),
    stop: async () => {
      await service.app.close();
      await database.drop();
    },
  };
}
