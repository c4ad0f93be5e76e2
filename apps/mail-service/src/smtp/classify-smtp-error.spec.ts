import { describe, expect, it } from 'vitest';
import { classifySmtpError, isRejectionOfUs } from './classify-smtp-error.ts';
import type { SmtpError } from './classify-smtp-error.ts';

type Row = [title: string, error: Omit<SmtpError, 'message'>, contentStarted: boolean, outcome: string];

const rows: Row[] = [
  ['a refused connection', { code: 'ESOCKET', command: 'CONN' }, false, 'not-accepted'],
  ['a name that does not resolve', { code: 'EDNS', command: 'CONN' }, false, 'not-accepted'],
  ['a failed TLS handshake', { code: 'ETLS', command: 'CONN' }, false, 'not-accepted'],
  [
    'a greeting of 421',
    { code: 'EPROTOCOL', command: 'CONN', responseCode: 421, permanent: false },
    false,
    'not-accepted',
  ],
  [
    'a greeting of 554, which is about us',
    { code: 'EPROTOCOL', command: 'CONN', responseCode: 554, permanent: true },
    false,
    'not-accepted',
  ],
  ['a greeting that never comes', { code: 'ETIMEDOUT', command: 'CONN' }, false, 'not-accepted'],
  [
    'a wrong password',
    { code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535, permanent: true },
    false,
    'not-accepted',
  ],
  [
    'authentication required at MAIL FROM',
    { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 530, permanent: true },
    false,
    'not-accepted',
  ],
  [
    'a sender refused for good',
    { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550, permanent: true },
    false,
    'rejected',
  ],
  [
    'a recipient deferred (450)',
    { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 450, permanent: false },
    false,
    'not-accepted',
  ],
  [
    'a recipient refused (550)',
    { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550, permanent: true },
    false,
    'rejected',
  ],
  [
    'a bad sequence of commands (503)',
    { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 503, permanent: false },
    false,
    'not-accepted',
  ],
  [
    'DATA refused for now (451)',
    { code: 'EENVELOPE', command: 'DATA', responseCode: 451, permanent: false },
    false,
    'not-accepted',
  ],
  ['an address nodemailer cannot send to', { code: 'EENVELOPE', command: 'API' }, false, 'rejected'],
  ['a mail over the size the server announced', { code: 'EMESSAGE', command: 'MAIL FROM' }, false, 'rejected'],
  [
    '451 after the content',
    { code: 'EMESSAGE', command: 'DATA', responseCode: 451, permanent: false },
    true,
    'not-accepted',
  ],
  [
    '421 after the content',
    { code: 'EMESSAGE', command: 'DATA', responseCode: 421, permanent: false },
    true,
    'not-accepted',
  ],
  [
    '554 after the content, as for spam',
    { code: 'EMESSAGE', command: 'DATA', responseCode: 554, permanent: true },
    true,
    'rejected',
  ],
  [
    '354 after the content, which means nothing',
    { code: 'EMESSAGE', command: 'DATA', responseCode: 354, permanent: false },
    true,
    'unknown',
  ],
  ['a socket dying before the content', { code: 'ECONNECTION', command: 'CONN' }, false, 'not-accepted'],
  ['a socket dying once the content has begun', { code: 'ECONNECTION', command: 'CONN' }, true, 'unknown'],
  ['a reset once the content has begun', { code: 'ESOCKET', command: 'CONN' }, true, 'unknown'],
  ['silence before the content', { code: 'ETIMEDOUT', command: 'CONN' }, false, 'not-accepted'],
  ['silence after the content', { code: 'ETIMEDOUT', command: 'CONN' }, true, 'unknown'],
  ['our own patience ending while the mail is in the queue', { code: 'EABORT' }, false, 'not-accepted'],
  ['our own patience ending after the content', { code: 'EABORT' }, true, 'unknown'],
  [
    'nonsense instead of an answer',
    { code: 'EPROTOCOL', command: 'CONN', responseCode: 250, permanent: false },
    true,
    'unknown',
  ],
  ['a closed pool', {}, false, 'not-accepted'],
  ['an unknown error, after the content', {}, true, 'unknown'],
];

describe('classifying an error of nodemailer', () => {
  it.each(rows)('%s', (_title, error, contentStarted, outcome) => {
    const handover = classifySmtpError({ message: 'the response of the server', ...error }, contentStarted);
    expect(handover).toEqual({ outcome, reason: 'the response of the server' });
  });

  it('bounds what it quotes of the server, and keeps it printable', () => {
    const { reason } = classifySmtpError({ message: `5\0${'x'.repeat(2_000_000)}` }, false);
    expect(reason).toHaveLength(1000);
    expect(reason.startsWith('5\u2400x')).toBe(true);
  });
});

describe('a refusal of us', () => {
  it.each<[title: string, error: SmtpError]>([
    ['a wrong password', { message: 'Invalid login: 535 no', code: 'EAUTH', responseCode: 535 }],
    ['authentication that is required at MAIL FROM', { message: '530 log in', code: 'EENVELOPE', responseCode: 530 }],
    ['a certificate that has expired', { message: 'certificate has expired', code: 'ESOCKET' }],
    [
      'a certificate of an unknown authority',
      { message: 'self-signed certificate in certificate chain', code: 'ETLS' },
    ],
    [
      'a certificate of another host',
      { message: "Hostname/IP does not match certificate's altnames", code: 'ESOCKET' },
    ],
  ])('%s', (_title, error) => {
    expect(isRejectionOfUs(error)).toBe(true);
  });

  it.each<[title: string, error: SmtpError]>([
    ['a refused connection', { message: 'connect ECONNREFUSED', code: 'ESOCKET' }],
    ['a mail that is refused', { message: '550 no such user', code: 'EENVELOPE', responseCode: 550 }],
    ['a mail whose answer speaks of certificates', { message: '554 certificate', code: 'EMESSAGE', responseCode: 554 }],
  ])('is not: %s', (_title, error) => {
    expect(isRejectionOfUs(error)).toBe(false);
  });
});
