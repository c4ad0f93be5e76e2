import 'reflect-metadata';
import { createService } from '@event-bus/service-kit';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { MailServiceModule } from './mail-service.module.ts';

it('the module graph of mail-service resolves', async () => {
  const config = env.parse({
    HTTP_PORT: '0',
    DATABASE_URL: 'postgres://postgres@127.0.0.1:1/nowhere',
    KAFKA_BROKERS: '127.0.0.1:1',
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: '이벤트 상점 <no-reply@example.com>',
    LOG_LEVEL: 'silent',
  });
  const app = await createService({
    service: 'mail-service',
    module: MailServiceModule.forRoot(config),
    config,
  });
  expect(app).toBeDefined();
});

it.each([
  ['no-reply@example.com', { address: 'no-reply@example.com' }],
  ['Shop <no-reply@example.com>', { name: 'Shop', address: 'no-reply@example.com' }],
  ['"이벤트 상점" <no-reply@example.com>', { name: '이벤트 상점', address: 'no-reply@example.com' }],
])('MAIL_FROM may be %s', (text, mailbox) => {
  expect(env.shape.MAIL_FROM.parse(text)).toEqual(mailbox);
});

it.each(['nobody', 'Shop <nobody>', 'a@example.com, b@example.com'])('MAIL_FROM may not be %s', (text) => {
  expect(env.shape.MAIL_FROM.safeParse(text).success).toBe(false);
});
