import 'reflect-metadata';
import { databaseOpened, serveForTest } from '@event-bus/service-kit/testing';
import type { ServiceUnderTest } from '@event-bus/service-kit/testing';
import type { DataSource } from 'typeorm';
import { env } from '../config.ts';
import { MailServiceModule } from '../mail-service.module.ts';

export interface MailServiceUnderTest extends ServiceUnderTest {
  readonly dataSource: DataSource;
  stop(): Promise<void>;
}

export interface MailServiceOptions {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  /** host:port of a bus to consume from. Without one there is no broker, and the spec delivers events itself. */
  readonly broker?: string;
}

/** The service with its real database and mail server. */
export async function startMailService({
  databaseUrl,
  smtpUrl,
  broker,
}: MailServiceOptions): Promise<MailServiceUnderTest> {
  const config = env.parse({
    HTTP_PORT: '0',
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: broker ?? '127.0.0.1:1',
    SMTP_URL: smtpUrl,
    MAIL_FROM: '이벤트 상점 <no-reply@example.com>',
  });
  const service = await serveForTest({ module: MailServiceModule.forRoot(config) });
  const dataSource = await databaseOpened(service);
  if (broker !== undefined) await service.app.startAllMicroservices();
  return { ...service, dataSource, stop: async () => service.app.close() };
}
