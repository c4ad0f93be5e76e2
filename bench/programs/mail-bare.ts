/** nodemailer alone, at its best: pooled, with as many connections as mail-service has, and the same letter. */
import { createTransport } from 'nodemailer';
import { welcomeMail } from '../../apps/mail-service/src/welcome-mail/welcome-mail.template.ts';
import { answer, optionsOf } from './program.ts';

/** As SMTP_BOUNDS of mail-service. */
const CONNECTIONS = 10;
/** Mails in the making beside those on the wire, so that no connection waits for one. */
const AT_ONCE = CONNECTIONS * 2;

const { smtpUrl, mails } = optionsOf<{ smtpUrl: string; mails: number }>();
const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: CONNECTIONS, maxMessages: Infinity });
let next = 0;
async function sendOneAfterTheOther(): Promise<void> {
  while (next < mails) {
    const n = next++;
    const member = {
      memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
      email: `bare-${n}@example.com`,
      name: '김지민',
      locale: 'ko',
      signedUpAt: '2026-11-21T09:00:00.000Z',
    } as const;
    const from = { name: 'Event Bus', address: 'no-reply@event-bus.example' };
    await transport.sendMail({ from, to: { name: member.name, address: member.email }, ...welcomeMail(member) });
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, sendOneAfterTheOther));
answer({ sent: next });
