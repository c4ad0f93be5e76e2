import { legible, personNameSchema } from '@event-bus/event-catalog';
import { emailAddress } from '@event-bus/service-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMail } from '../testing/read-mail.ts';
import { SmtpSink } from '../testing/smtp-sink.ts';
import type { OutgoingMail } from './mailer.ts';
import { SmtpMailer } from './smtp-mailer.ts';

/** Mails of one property; each goes to a real server. */
const MAILS = { numRuns: 150 };
const TIMEOUT_MS = 60_000;

let sink: SmtpSink;
let mailer: SmtpMailer;
beforeAll(async () => {
  sink = await SmtpSink.start();
  mailer = new SmtpMailer(sink.url);
});
afterAll(async () => {
  mailer?.close();
  await sink?.stop();
});
beforeEach(() => {
  sink.mails.length = 0;
  sink.recipients.length = 0;
});

const mail: OutgoingMail = {
  messageId: '<0199f1c2.welcome@example.com>',
  from: { address: 'no-reply@example.com' },
  to: { address: 'jimin@example.com' },
  subject: 'Hello',
  text: 'Hello',
};

async function received(sent: OutgoingMail): Promise<{ to: string[]; raw: string }> {
  expect(await mailer.send(sent)).toMatchObject({ outcome: 'accepted' });
  return { to: sink.recipients.splice(0), raw: sink.mails.pop()!.raw };
}

/** The lines of the header as they were sent, before unfolding. */
const headerLines = (raw: string): string[] => raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n');

/** As a mail program shows a mailbox with a name. Quotes that come out of an encoded word are the name's own. */
function nameOf({ header, raw, address }: { header: string; raw: string; address: string }): string {
  const name = header.slice(0, -` <${address}>`.length);
  return headerLines(raw).some((text) => text.startsWith('To: "'))
    ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : name;
}

describe('an address that is accepted', () => {
  const local = fc.string({
    unit: fc.constantFrom(...Array.from("aZ9.!#$%&'*+/=?^_`{|}~-")),
    minLength: 1,
    maxLength: 12,
  });
  const label = fc.string({
    unit: fc.constantFrom('a', 'Z', '9', '-', '예', '시', 'ß', '한', 'x', 'n'),
    minLength: 1,
    maxLength: 8,
  });
  const typedAddress = fc
    .tuple(local, fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('com', 'co.kr', '한국'))
    .map(([local, labels, top]) => `${local}@${[...labels, top].join('.')}`)
    .filter((typed) => emailAddress.safeParse(typed).success);

  it(
    'is the one in RCPT TO and in the header, to the letter',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            typedAddress,
            fc.emailAddress().filter((typed) => emailAddress.safeParse(typed).success),
          ),
          async (typed) => {
            const address = emailAddress.parse(typed);
            const { to, raw } = await received({ ...mail, to: { address } });
            expect(to).toEqual([address]);
            expect(readMail(raw).headers.get('to')).toBe(address);
          },
        ),
        MAILS,
      );
    },
    TIMEOUT_MS,
  );
});

describe('a name or a subject', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '=?utf-8?B?SGk=?=',
      '=?',
      '?=',
      ' '.repeat(80),
      '"',
      '\\',
      ',',
      '<a@b.co>',
      '김지민',
      '👩\u200d👧',
      ': ',
      '()',
    ),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  );
  const line = fc
    .array(piece, { minLength: 1, maxLength: 6 })
    .map((pieces) => legible(personNameSchema).safeParse(pieces.join('')).data)
    .filter((text) => text !== undefined);

  it(
    'reaches its reader as it was given, whatever it looks like, in header lines that are never blank nor too long',
    async () => {
      await fc.assert(
        fc.asyncProperty(line, line, async (name, subject) => {
          const { to, raw } = await received({ ...mail, to: { name, address: mail.to.address }, subject });
          const { headers } = readMail(raw);
          expect(to).toEqual([mail.to.address]);
          expect(headers.get('subject')).toBe(subject);
          expect(nameOf({ header: headers.get('to')!, raw, address: mail.to.address })).toBe(name);
          expect(headerLines(raw).filter((text) => text.trim() === '' || text.length > 998)).toEqual([]);
          // A mail program decodes encoded words wherever it finds them.
          expect(raw).not.toContain('SGk=');
        }),
        MAILS,
      );
    },
    TIMEOUT_MS,
  );

  it('that needs no encoding is readable on the wire', async () => {
    const { raw } = await received({
      ...mail,
      to: { name: 'Kim, Jimin "J"', address: mail.to.address },
      subject: 'Your order is complete (2C3E4F50)',
    });
    expect(headerLines(raw)).toContain('To: "Kim, Jimin \\"J\\"" <jimin@example.com>');
    expect(headerLines(raw)).toContain('Subject: Your order is complete (2C3E4F50)');
  });
});
