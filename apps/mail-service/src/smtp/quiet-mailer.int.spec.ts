import { createTestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
import { expect, it } from 'vitest';
import { SmtpSink } from '../testing/smtp-sink.ts';
import { startMailService } from '../testing/start-mail-service.ts';
import { SmtpMailer } from './smtp-mailer.ts';

it('without a mail, the readiness check sees that the mail server ended, and that it is back', async () => {
  const [database, sink] = await Promise.all([createTestDatabase(), SmtpSink.start()]);
  const { port } = sink;
  const service = await startMailService({ databaseUrl: database.url, smtpUrl: sink.url });
  const mailer = service.app.get(SmtpMailer);
  const stateIs = (state: string) => until(`the mail server to be ${state}`, () => mailer.state().state === state);
  await stateIs('accepting');
  await sink.stop();
  await stateIs('not accepting');
  const { smtp } = (await service.get('/health/ready')).body.checks;
  expect(smtp).toMatchObject({ state: 'warning', detail: expect.stringContaining('ECONNREFUSED') });
  const again = await SmtpSink.start({}, port);
  await stateIs('accepting');
  await service.stop();
  await Promise.all([again.stop(), database.drop()]);
});
