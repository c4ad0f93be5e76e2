import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';
import { expect, it } from 'vitest';
import { welcomeMail } from '../welcome-mail/welcome-mail.template.ts';
import { composeMail } from './compose-mail.ts';
import { headerMailbox, headerText } from './header-text.ts';
import type { OutgoingMail } from './mailer.ts';

const DATE = new Date('2026-11-21T09:00:00.000Z');

/** What nodemailer makes of the mail, with this service's own encoding of names and subjects. */
async function composeByNodemailer(mail: OutgoingMail): Promise<string> {
  const { messageId, from, to, subject, text, html } = mail;
  const message = new MailComposer({
    messageId,
    from: from.address,
    to: to.address,
    subject,
    text,
    ...(html !== undefined && { html }),
    headers: { 'Auto-Submitted': 'auto-generated' },
  }).compile();
  message.date = DATE;
  const own: Readonly<Record<string, string>> = {
    From: headerMailbox(from),
    To: headerMailbox(to),
    Subject: headerText(subject),
  };
  const encodeOther = message.encodeHeaderValue.bind(message);
  message.encodeHeaderValue = (key, value) => own[key] ?? encodeOther(key, value);
  return withoutBoundary((await message.build()).toString());
}

function withoutBoundary(raw: string): string {
  const boundary = /^ boundary="(.*)"\r$/m.exec(raw)?.[1];
  return boundary === undefined ? raw : raw.replaceAll(boundary, 'BOUNDARY');
}

const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    '.',
    '=',
    '=?',
    '김지민',
    '안녕하세요. ',
    'a',
    'long'.repeat(30),
    'word '.repeat(20),
  ),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const text = fc
  .array(piece, { minLength: 1, maxLength: 60 })
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '');
const line = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
  .map((text) => text.replaceAll(/\p{Cc}/gu, ' '));
const local = fc.stringMatching(/^[a-z0-9]{1,64}$/);
const mail = fc.record({
  messageId: local.map((id) => `<${id}.welcome@example.com>`),
  from: fc.record({ name: line, address: local.map((name) => `${name}@example.com`) }),
  to: fc.record({ name: line, address: local.map((name) => `${name}@example.com`) }),
  subject: line.filter((text) => text.trim() !== ''),
  text,
  html: fc.option(text, { nil: undefined }),
});

/** Nodemailer's stream breaks the last line of a text that ends with a blank at another place than its function does. */
function comparable(raw: string, { text, html = '' }: OutgoingMail): string {
  return /[ \t]$/.test(text) || /[ \t]$/.test(html) ? raw.replaceAll('=\r\n', '') : raw;
}

it('a composed mail has the bytes that nodemailer would send', async () => {
  await fc.assert(
    fc.asyncProperty(mail, async (mail) => {
      const composed = withoutBoundary(composeMail(mail, DATE).toString());
      expect(comparable(composed, mail)).toBe(comparable(await composeByNodemailer(mail), mail));
    }),
    { numRuns: 500 },
  );
});

it('the boundary of two alternatives is another one for each mail', () => {
  const member = {
    memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
    email: 'jimin@example.com',
    name: '김지민',
    locale: 'ko',
    signedUpAt: DATE.toISOString(),
  } as const;
  const mailbox = { address: member.email };
  const compose = (): string =>
    composeMail(
      { messageId: '<1.welcome@example.com>', from: mailbox, to: mailbox, ...welcomeMail(member) },
      DATE,
    ).toString();
  const [first, second] = [compose(), compose()];
  expect(first).not.toBe(second);
  expect(withoutBoundary(first)).toBe(withoutBoundary(second));
});
