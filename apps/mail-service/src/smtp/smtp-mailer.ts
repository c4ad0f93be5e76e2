import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { dnsCache } from 'nodemailer/lib/shared';
import type { MailMessage, SMTPPoolSentMessageInfo, Transporter } from 'nodemailer';
import { classifySmtpError, isAnswerToMail, isRejectionOfUs, printable } from './classify-smtp-error.ts';
import type { SmtpError } from './classify-smtp-error.ts';
import { composeMail } from './compose-mail.ts';
import { Mailer } from './mailer.ts';
import type { Handover, OutgoingMail } from './mailer.ts';

/** Every limit of SMTP. SMTP_URL may override those that nodemailer has under the same name. */
interface SmtpBounds {
  readonly maxConnections: number;
  readonly connectionTimeout: number;
  readonly greetingTimeout: number;
  readonly dnsTimeout: number;
  readonly socketTimeout: number;
  readonly idleTimeout: number;
  readonly sendTimeout: number;
}

export const SMTP_BOUNDS: SmtpBounds = {
  /** Enough to keep one CPU busy against a local server; below what public servers allow one client. */
  maxConnections: 10,
  /** From the DNS lookup to the end of STARTTLS. */
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 5_000,
  /**
   * Without any data from the server. RFC 5321 §4.5.3.2.6 recommends ten minutes after the final dot, but later mails of
   * the same key would wait too. The price of less is a mail that is ambiguous in the ledger.
   */
  socketTimeout: 60_000,
  /** Below the five minutes that a server grants an idle client (RFC 5321 §4.5.3.2.7): we close the connection first. */
  idleTimeout: 4 * 60_000,
  /** One send, waiting for a connection included: socketTimeout does not limit a server that answers byte by byte. */
  sendTimeout: 120_000,
};

/**
 * For a handler that sends a mail: longer than sendTimeout, so that the mailer reports the outcome before the handler times
 * out, with time for the claim, the confirmation and the ledger.
 */
export const MAIL_HANDLER_TIMEOUT_MS = SMTP_BOUNDS.sendTimeout + 30_000;

/** A new connection for each mail costs some 100 ms; only idle connections are closed. */
const MAILS_PER_CONNECTION_MAX = Number.POSITIVE_INFINITY;

/**
 * The pool itself retries only when a connection turned out to be closed before the content was read, as after a restart of
 * the mail server. Two retries are enough for that; all others are the consumer's, which counts them.
 */
const REQUEUES_MAX = 2;

export const SMTP_STATES = ['unknown', 'accepting', 'not accepting', 'rejected'] as const;

/** What the mailer knows about the mail server, for the readiness check. */
interface SmtpState {
  /** `rejected`: our login is wrong, or we do not trust its certificate. Only this needs a change of settings. */
  readonly state: (typeof SMTP_STATES)[number];
  readonly detail: string;
}

/** Passed with a mail through nodemailer; set when a connection begins to send its content. */
interface Progress {
  contentStarted: boolean;
}

/** Pooled SMTP by nodemailer. */
export class SmtpMailer extends Mailer {
  readonly host: string;
  readonly #transport: Transporter<SMTPPoolSentMessageInfo>;
  readonly #sendTimeout: number;
  #state: SmtpState = { state: 'unknown', detail: 'not connected yet' };
  #heardAt = performance.now();
  #refusesMails = false;
  #verifying: Promise<void> | undefined;

  /** `tls`: only encrypted, and only with certificates of these authorities. */
  constructor(smtpUrl: string, bounds: SmtpBounds = SMTP_BOUNDS, tls?: { readonly ca?: string }) {
    super();
    const { sendTimeout, ...poolBounds } = bounds;
    this.#sendTimeout = sendTimeout;
    this.host = new URL(smtpUrl).hostname;
    this.#transport = createTransport({
      ...poolBounds,
      url: smtpUrl,
      pool: true,
      maxMessages: MAILS_PER_CONNECTION_MAX,
      maxRequeues: REQUEUES_MAX,
      ...(tls !== undefined && { requireTLS: true, tls }),
      // A payload must not be able to make the service read local files or send requests to its network.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.#transport.use('stream', sendInOnePiece);
  }

  async send(mail: OutgoingMail, signal?: AbortSignal, stopping?: AbortSignal): Promise<Handover> {
    stopping?.throwIfAborted();
    const progress: Progress = { contentStarted: false };
    // AbortSignal.timeout() would keep its timer, and with it the mail, for two minutes after the mail was sent.
    const aborting = new AbortController();
    const abort = (): void => aborting.abort(signal?.reason);
    const timer = setTimeout(
      () => aborting.abort(new DOMException('sending the mail timed out', 'TimeoutError')),
      this.#sendTimeout,
    );
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    const giveUp = (): void => {
      if (!progress.contentStarted) aborting.abort(stopping?.reason);
    };
    stopping?.addEventListener('abort', giveUp, { once: true });
    let handover: Handover;
    try {
      const message = {
        raw: composeMail(mail),
        messageId: mail.messageId,
        // Exactly the address that was accepted, independent of the headers.
        envelope: { from: mail.from.address, to: mail.to.address },
        signal: aborting.signal,
        progress,
      };
      const sent = await this.#transport.sendMail(message);
      this.#refusesMails = false;
      handover = { outcome: 'accepted', response: printable(sent.response) };
    } catch (error) {
      if (stopping?.aborted === true && !progress.contentStarted) throw stopping.reason;
      this.#forgetAddress();
      handover = classifySmtpError(error as SmtpError, progress.contentStarted);
      this.#refusesMails = isAnswerToMail(error as SmtpError) && handover.outcome === 'not-accepted';
      if (isRejectionOfUs(error as SmtpError)) {
        this.#know('rejected', handover.reason);
        return handover;
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      stopping?.removeEventListener('abort', giveUp);
    }
    this.#remember(handover);
    return handover;
  }

  /**
   * Connects and logs in without sending a mail, so that wrong settings are found before the first mail. One at a time. A
   * server that did not accept the last mail is not accepting until it accepts one: a login says nothing about that.
   */
  async verify(): Promise<void> {
    this.#verifying ??= this.#verify().finally(() => (this.#verifying = undefined));
    return this.#verifying;
  }

  /** As of the last mail or `verify()`. Makes no connection, so that a readiness check never hangs on a mail server. */
  state(): SmtpState {
    return this.#state;
  }

  /** Milliseconds since the last mail or `verify()` ended. */
  get quietMs(): number {
    return performance.now() - this.#heardAt;
  }

  /** Immediately. The outcome of a mail that is still being sent after the drain is unknown. */
  close(): void {
    this.#transport.close({ force: true });
  }

  async #verify(): Promise<void> {
    try {
      await this.#transport.verify();
      if (this.#refusesMails) this.#heardAt = performance.now();
      else this.#know('accepting', 'login succeeded');
    } catch (error) {
      this.#forgetAddress();
      const { message } = error as Error;
      this.#know(isRejectionOfUs(error as SmtpError) ? 'rejected' : 'not accepting', printable(message));
    }
  }

  /** Nodemailer caches addresses for five minutes, and a mail server that was restarted elsewhere has a new one. */
  #forgetAddress(): void {
    dnsCache.delete(this.host);
  }

  #remember(handover: Handover): void {
    // A rejection of one mail comes from a server that works.
    const accepting = handover.outcome === 'accepted' || handover.outcome === 'rejected';
    const detail = handover.outcome === 'accepted' ? handover.response : handover.reason;
    this.#know(accepting ? 'accepting' : 'not accepting', detail);
  }

  #know(state: SmtpState['state'], detail: string): void {
    this.#state = { state, detail };
    this.#heardAt = performance.now();
  }
}

/**
 * Sends the mail as it is composed, in one write, and records when nodemailer reads it, which it does once the server has answered
 * 354. Nodemailer requests a stream at each attempt; one attempt that read it is enough to make the outcome unknown.
 */
function sendInOnePiece({ data, message }: MailMessage, done: (error?: Error | null) => void): void {
  const { progress, raw } = data as unknown as { progress: Progress; raw: Buffer };
  message.createReadStream = () =>
    new Readable({
      read() {
        progress.contentStarted = true;
        this.push(raw);
        this.push(null);
      },
    });
  done();
}
