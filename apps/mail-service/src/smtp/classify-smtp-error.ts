import type { Handover } from './mailer.ts';

/** The parts of a nodemailer error that decide; all optional, because errors come from everywhere. */
export interface SmtpError {
  readonly message: string;
  /** Nodemailer's word for the step that failed. */
  readonly code?: string | undefined;
  /** The command that was answered; `CONN` for the connection itself, `API` for a mail refused before it was sent. */
  readonly command?: string | undefined;
  readonly responseCode?: number | undefined;
  /** Set together with responseCode: true for 5yz, but for 503, which complains of the session. */
  readonly permanent?: boolean | undefined;
}

/**
 * Refusals of us, not of the mail: authentication required, too weak, wrong, or to be encrypted (RFC 4954 §6).
 * Somebody will correct the configuration; until then every mail waits and none is given up on.
 */
const AUTHENTICATION_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** Nodemailer's word for a connection that failed; of a certificate only OpenSSL's sentence is left in the message. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['ESOCKET', 'ETLS', 'ECONNECTION']);
const CERTIFICATE_REFUSED = /certificate|\baltnames\b/i;

/** The answers to MAIL FROM, RCPT TO and DATA (`EENVELOPE`) and to the content (`EMESSAGE`): the only ones about one mail. */
const CODES_ABOUT_THE_MAIL: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);

/** Nodemailer refuses the mail itself, before a connection has any part in it: the next try would be the same. */
const CODES_OF_A_MAIL_THAT_CANNOT_BE_SENT: ReadonlySet<string> = new Set([
  'EMAXRECIPIENTS',
  'EFILEACCESS',
  'EURLACCESS',
]);

/** For a person to read; nodemailer accepts answers of up to a megabyte. */
const REASON_CHARACTERS_MAX = 1_000;

/** PostgreSQL's text holds no NUL, and a mail server may say anything. */
export function printable(text: string): string {
  return text.slice(0, REASON_CHARACTERS_MAX).toWellFormed().replaceAll('\0', '\u2400');
}

/** Whether the server refuses us, or we do not trust it: no mail can go until somebody has corrected that. */
export function isRefusalOfUs({ code = '', responseCode, message }: SmtpError): boolean {
  if (code === 'EAUTH' || AUTHENTICATION_CODES.has(responseCode ?? 0)) return true;
  return CONNECTION_CODES.has(code) && CERTIFICATE_REFUSED.test(message);
}

/**
 * Says what became of a mail from nodemailer's error and from whether its content had been started.
 *
 * The error alone cannot tell: a socket that dies before DATA and one that dies after the final dot give the same
 * `ECONNECTION` with the command `CONN`. So the mailer watches whether any byte of the content was taken
 * (nodemailer takes the first one when the server has answered 354) and passes that on as `contentStarted`.
 *
 * `err.permanent` alone cannot tell either: a wrong password (535) and a greeting of 554 are permanent too, and would
 * throw away every mail of the day. Only answers about the mail itself may give it up.
 */
export function classifySmtpError(
  error: SmtpError,
  contentStarted: boolean,
): Exclude<Handover, { outcome: 'accepted' }> {
  const reason = printable(error.message);
  const { code = '', responseCode } = error;

  if (CODES_OF_A_MAIL_THAT_CANNOT_BE_SENT.has(code)) return { outcome: 'refused', reason };

  if (CODES_ABOUT_THE_MAIL.has(code)) {
    // No code of the server's: nodemailer found the address or the size impossible and sent nothing.
    if (responseCode === undefined) return { outcome: contentStarted ? 'unknown' : 'refused', reason };
    if (AUTHENTICATION_CODES.has(responseCode)) return { outcome: 'not-accepted', reason };
    if (error.permanent) return { outcome: 'refused', reason };
    // 4yz, and 503: the server has answered, and the answer is not yes.
    if (responseCode >= 400) return { outcome: 'not-accepted', reason };
    // 1yz or 3yz to the content makes no sense in SMTP, so nothing can be concluded from it.
  }

  return { outcome: contentStarted ? 'unknown' : 'not-accepted', reason };
}
