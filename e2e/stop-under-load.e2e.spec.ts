import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { until } from '@event-bus/test-kit/until';
import { SmtpSink } from '../apps/mail-service/src/testing/smtp-sink.ts';
import { givenAddresses } from './harness/addresses.ts';
import { startStack } from './harness/start-stack.ts';

/** More mails than can be sent in the time that a stop may take, so that it comes in the middle of work. */
const SIGN_UPS = 400;
const AT_ONCE = 20;
const MAIL_TAKES_MS = 400;

/** Enough for the mails that are being sent, of ten connections; those that are claimed would need ten seconds. */
const SHUTDOWN_TIMEOUT_MS = 6_000;

const STUCK_REQUESTS = [
  '',
  'GET /health/live HTTP/1.1\r\nhost: x\r\nx-half',
  'POST /dead-letters/redrive HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"ids":[',
];

// Its mail server is in this process, which a composed system has no way to.
const isOurs = process.env['E2E_COMPOSE_PROJECT'] === undefined && givenAddresses() === undefined;

it.runIf(isOurs)(
  'SIGTERM in the middle of mails, with clients that never finish their requests: nothing is ambiguous, no mail is sent twice',
  async () => {
    const sink = await SmtpSink.start({ onRcptTo: (_to, _session, done) => void setTimeout(done, MAIL_TAKES_MS) });
    const system = await startStack({
      serviceEnv: { SMTP_URL: sink.url, SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS) },
    });
    const clients: Socket[] = [];
    try {
      const emails = Array.from({ length: SIGN_UPS }, (_, n) => `member-${n}@example.com`);
      const left = [...emails];
      const signUps = Array.from({ length: AT_ONCE }, async () => {
        for (let email = left.pop(); email !== undefined; email = left.pop()) {
          await system.customer.signUp({ email, name: '회원' });
        }
      });
      await sink.received(20);
      for (const text of STUCK_REQUESTS) {
        const client = connect(Number(new URL(system.url('mail-service')).port), '127.0.0.1').on('error', () => {});
        clients.push(client);
        await once(client, 'connect');
        client.write(text);
      }
      await Promise.all(signUps);
      await system.stop('mail-service');

      expect(system.log('mail-service')).toContain('"msg":"stopped"');
      expect(sink.mails.length).toBeLessThan(SIGN_UPS);
      const claimed = `SELECT count(*)::integer AS count FROM inbox_message WHERE state = 'claimed'`;
      expect(await system.query('mail-service', claimed)).toEqual([{ count: 0 }]);

      sink.behaviour = {};
      await system.start('mail-service');
      await until('everybody to be mailed', async () => {
        const recipients = new Set(sink.mails.flatMap(({ to }) => to));
        if (recipients.size < SIGN_UPS) throw new Error(`${recipients.size} of ${SIGN_UPS}`);
        return true;
      });
      expect(sink.mails.flatMap(({ to }) => to).sort()).toEqual(emails.sort());
      const ambiguous = 'SELECT count(*)::integer AS count FROM mail WHERE ambiguous';
      expect(await system.query('mail-service', ambiguous)).toEqual([{ count: 0 }]);
    } finally {
      for (const client of clients) client.destroy();
      await system.close();
      await sink.stop();
    }
  },
);
