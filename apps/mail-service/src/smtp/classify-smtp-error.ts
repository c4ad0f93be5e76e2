import type { Handover } from './mailer.ts';

/** The fields of a nodemailer error that matter here; all optional, because other errors arrive here too. */
export interface SmtpError {
  readonly message: string;
  /** Nodemailer's code of the step that failed. */
  readonly code?: string | undefined;
  /** The command that failed; `CONN` for the connection itself, `API` for a mail rejected before it was sent. */
  readonly command?: string | undefined;
  readonly responseCode?: number | undefined;
  /** Set together with responseCode: true for 5yz except 503, which is about the session. */
  readonly permanent?: boolean | undefined;
}

/**
 * Rejections of our login, not of the mail: authentication required, too weak, wrong, or to be encrypted (RFC 4954 §6).
 * An operator fixes the configuration; until then every mail waits and none becomes a dead letter.
 */
const AUTHENTICATION_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** Nodemailer's codes of a connection that failed; that a certificate was the cause is only in OpenSSL's message. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['ESOCKET', 'ETLS', 'ECONNECTION']);
const CERTIFICATE_ERROR = /certificate|\baltnames\b/i;

/** The answers to MAIL FROM, RCPT TO and DATA (`EENVELOPE`) and to the content (`EMESSAGE`): the only ones about one mail. */
const CODES_ABOUT_THE_MAIL: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);

/** Nodemailer rejects the mail itself before it uses a connection: the next attempt would end in the same way. */
const CODES_OF_AN_UNSENDABLE_MAIL: ReadonlySet<string> = new Set(['EMAXRECIPIENTS', 'EFILEACCESS', 'EURLACCESS']);

/** For operators; nodemailer accepts answers of up to a megabyte. */
const REASON_CHARACTERS_MAX = 1_000;

/** PostgreSQL's text cannot contain NUL, and a mail server may send anything. */
export function printable(text: string): string {
  return text.slice(0, REASON_CHARACTERS_MAX).toWellFormed().replaceAll('\0', '\u2400');
}

/** Whether the server rejects us, or we do not trust its certificate: no mail can be sent until an operator has fixed that. */
export function isRejectionOfUs({ code = '', responseCode, message }: SmtpError): boolean {
  if (code === 'EAUTH' || AUTHENTICATION_CODES.has(responseCode ?? 0)) return true;
  return CONNECTION_CODES.has(code) && CERTIFICATE_ERROR.test(message);
}

/** Whether the server answered to the mail itself, so that a login that succeeds says nothing about the next mail. */
export function isAnswerToMail({ code = '', responseCode }: SmtpError): boolean {
  return CODES_ABOUT_THE_MAIL.has(code) && responseCode !== undefined;
}

/**
 * The outcome of a mail, from nodemailer's error and from whether the content had been started.
 *
 * The error alone is not enough: a socket that closes before DATA and one that closes after the final dot give the same
 * `ECONNECTION` with the command `CONN`. So the mailer observes whether nodemailer has read the content, which it does
 * when the server has answered 354, and passes that as `contentStarted`.
 *
 * `err.permanent` is not enough either: a wrong password (535) and a greeting of 554 are permanent too, and would make
 * every mail of the day a dead letter. Only an answer about the mail itself may do that.
 */
export function classifySmtpError(
  error: SmtpError,
  contentStarted: boolean,
): Exclude<Handover, { outcome: 'accepted' }> {
  const reason = printable(error.message);
  const { code = '', responseCode } = error;

  if (CODES_OF_AN_UNSENDABLE_MAIL.has(code)) return { outcome: 'rejected', reason };

  if (CODES_ABOUT_THE_MAIL.has(code)) {
    // No response of the server: nodemailer found the address or the size invalid and sent nothing.
    if (responseCode === undefined) return { outcome: contentStarted ? 'unknown' : 'rejected', reason };
    if (AUTHENTICATION_CODES.has(responseCode)) return { outcome: 'not-accepted', reason };
    if (error.permanent) return { outcome: 'rejected', reason };
    // 4yz, and 503: the server has answered and did not accept.
    if (responseCode >= 400) return { outcome: 'not-accepted', reason };
    // 1yz or 3yz to the content is not valid SMTP, so nothing follows from it.
  }

  return { outcome: contentStarted ? 'unknown' : 'not-accepted', reason };
}
