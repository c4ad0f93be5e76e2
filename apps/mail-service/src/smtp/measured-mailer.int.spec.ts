import { randomUUID } from 'node:crypto';
import { scrape } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { expect, it } from 'vitest';
import { SmtpSink } from '../testing/smtp-sink.ts';
import { startMailService } from '../testing/start-mail-service.ts';
import { Mailer } from './mailer.ts';

it('GET /metrics counts mails by outcome and names the state of the mail server', async () => {
  const [database, sink] = await Promise.all([createTestDatabase(), SmtpSink.start()]);
  const service = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
  const mail = {
    messageId: `<${randomUUID()}@example.com>`,
    from: { address: 'shop@example.com' },
    to: { address: 'kim@example.com' },
    subject: 'Hello',
    text: 'Hello',
  };
  const mailer = service.app.get(Mailer);
  await mailer.send(mail);
  const accepting = await scrape(service.url);
  expect(accepting.get('mail_send_duration_seconds_count{outcome="accepted"}')).toBe(1);
  expect(accepting.get('mail_smtp_state{state="accepting"}')).toBe(1);

  await sink.stop();
  await mailer.send(mail);
  const stopped = await scrape(service.url);
  expect(stopped.get('mail_send_duration_seconds_count{outcome="not-accepted"}')).toBe(1);
  expect(stopped.get('mail_smtp_state{state="accepting"}')).toBe(0);
  expect(stopped.get('mail_smtp_state{state="not accepting"}')).toBe(1);
  await service.stop();
  await database.drop();
});
