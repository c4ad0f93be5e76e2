import { startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { env } from '../config.ts';
import { MailServiceModule } from '../mail-service.module.ts';

export interface MailServiceOptions {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
  /** host:port of a bus to consume from. Without one there is no broker, and the spec delivers events itself. */
  readonly broker?: string;
}

/** The service with its real database and mail server. */
export async function startMailService({ databaseUrl, smtpUrl, broker }: MailServiceOptions): Promise<StartedService> {
  return startForTest(MailServiceModule, env, {
    DATABASE_URL: databaseUrl,
    SMTP_URL: smtpUrl,
    MAIL_FROM: '이벤트 상점 <no-reply@example.com>',
    ...(broker !== undefined && { KAFKA_BROKERS: broker }),
  });
}
