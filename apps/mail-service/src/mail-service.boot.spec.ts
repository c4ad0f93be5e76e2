import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { DeliverMail } from './delivery/deliver-mail.ts';
import { MailServiceModule } from './mail-service.module.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of mail-service resolves', async () => {
  const app = await bootForTest(MailServiceModule, env);
  expect(app.get(DeliverMail)).toBeInstanceOf(DeliverMail);
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
