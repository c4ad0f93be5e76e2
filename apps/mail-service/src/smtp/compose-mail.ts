import { randomUUID } from 'node:crypto';
import { encode as encodeBase64, wrap as wrapBase64 } from 'nodemailer/lib/base64';
import { foldLines, hasLongerLines, isPlainText } from 'nodemailer/lib/mime-funcs';
import { encode as encodeQuoted, wrap as wrapQuoted } from 'nodemailer/lib/qp';
import { headerMailbox, headerText } from './header-text.ts';
import type { OutgoingMail } from './mailer.ts';

/** RFC 2045 §6.7 and §6.8 limit an encoded line to 76 characters. */
const LINE_CHARACTERS_MAX = 76;

type Header = readonly [name: string, value: string];

/**
 * The mail as it is sent, before dots are escaped: one text part, or text and HTML as alternatives. The bytes are those of
 * nodemailer's composer, which pipes each part through several streams: half of the CPU of a whole mail.
 */
export function composeMail(mail: OutgoingMail, date = new Date()): Buffer {
  const head: Header[] = [
    // RFC 3834: no out-of-office replies to a machine.
    ['Auto-Submitted', 'auto-generated'],
    ['From', headerMailbox(mail.from)],
    ['To', headerMailbox(mail.to)],
    ['Subject', headerText(mail.subject)],
    ['Message-ID', mail.messageId],
  ];
  const origin: Header[] = [
    ['Date', date.toUTCString().replace('GMT', '+0000')],
    ['MIME-Version', '1.0'],
  ];
  const { encoding, body } = encodeText(mail.text);
  const plain: Header = ['Content-Type', 'text/plain; charset=utf-8'];
  if (mail.html === undefined) {
    return bytesOf(headers([...head, ['Content-Transfer-Encoding', encoding], ...origin, plain]) + body);
  }
  // Random, so that no text can contain it.
  const boundary = `=_${randomUUID()}`;
  const html = encodeText(mail.html);
  return bytesOf(
    headers([...head, ...origin, ['Content-Type', `multipart/alternative; boundary="${boundary}"`]]) +
      `--${boundary}\r\n${headers([plain, ['Content-Transfer-Encoding', encoding]])}${body}\r\n` +
      `--${boundary}\r\n${headers([
        ['Content-Type', 'text/html; charset=utf-8'],
        ['Content-Transfer-Encoding', html.encoding],
      ])}${html.body}\r\n` +
      `--${boundary}--\r\n`,
  );
}

function headers(all: readonly Header[]): string {
  return `${all.map(([name, value]) => foldLines(`${name}: ${value}`, LINE_CHARACTERS_MAX)).join('\r\n')}\r\n\r\n`;
}

/** Short ASCII lines stay readable; other text is quoted-printable, or base64 when most of its letters are not Latin. */
function encodeText(text: string): { readonly encoding: string; readonly body: string } {
  if (isPlainText(text) && !hasLongerLines(text, LINE_CHARACTERS_MAX)) return { encoding: '7bit', body: text };
  return isMostlyLatin(text)
    ? { encoding: 'quoted-printable', body: wrapQuoted(encodeQuoted(text), LINE_CHARACTERS_MAX) }
    : { encoding: 'base64', body: wrapBase64(encodeBase64(text), LINE_CHARACTERS_MAX) };
}

const LATIN = /[a-z]/gi;
// oxlint-disable-next-line no-control-regex
const ENCODED = /[\0-\x08\x0b\x0c\x0e-\x1f\x80-\uffff]/g;

function isMostlyLatin(text: string): boolean {
  return (text.match(LATIN)?.length ?? 0) > (text.match(ENCODED)?.length ?? 0);
}

function bytesOf(message: string): Buffer {
  if (message.endsWith('\n')) return Buffer.from(message);
  return Buffer.from(message + (message.endsWith('\r') ? '\n' : '\r\n'));
}
