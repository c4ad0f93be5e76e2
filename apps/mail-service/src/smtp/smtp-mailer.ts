import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { dnsCache } from 'nodemailer/lib/shared';
import type { MailMessage, SMTPPoolSentMessageInfo, Transporter } from 'nodemailer';
import { classifySmtpError, isRefusalOfUs, printable } from './classify-smtp-error.ts';
import type { SmtpError } from './classify-smtp-error.ts';
import { headerMailbox, headerText } from './header-text.ts';
import { Mailer } from './mailer.ts';
import type { Handover, Mail } from './mailer.ts';

/** Every time-out and bound of the SMTP side. SMTP_URL may override those that nodemailer knows by the same name. */
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
  /** From the name lookup to the end of STARTTLS. A server that takes longer is as good as down. */
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 5_000,
  /**
   * Silence of the server. RFC 5321 §4.5.3.2.6 would wait ten minutes after the final dot; the mails behind this one
   * on its key would wait too. The price of less is a mail that the ledger calls ambiguous.
   */
  socketTimeout: 60_000,
  /** Below the five minutes a server grants an idle client (RFC 5321 §4.5.3.2.7): we hang up before it does. */
  idleTimeout: 4 * 60_000,
  /** The whole of one send, waiting for a connection included: a server that trickles its answers is never silent. */
  sendTimeout: 120_000,
};

/**
 * Of a handler that sends a mail: above the whole of a send, so that its outcome is known by the mailer's own bounds, with
 * time for the claim, the confirmation and the ledger.
 */
export const MAIL_HANDLER_TIMEOUT_MS = SMTP_BOUNDS.sendTimeout + 30_000;

/** A new connection for each mail costs some 100 ms; we hang up by idleness only. */
const MAILS_PER_CONNECTION_MAX = Number.POSITIVE_INFINITY;

/**
 * The pool itself tries again only when a connection was found dead before a byte of the mail was taken, as after a
 * restart of the mail server. Two are enough for that; all other trying again belongs to the lane, which keeps count.
 */
const REQUEUES_MAX = 2;

/** What the mailer knows of the mail server, for the readiness page. */
interface SmtpState {
  /** `refusing us`: our login, or our trust in its certificate, is not in order. Anything else mends itself. */
  readonly state: 'not tried' | 'accepting' | 'not accepting' | 'refusing us';
  readonly detail: string;
}

/** Travels with a mail through nodemailer and remembers the streams its content was read from. */
interface Watched {
  readonly mail: Mail;
  contentStreams: Readable[];
}

/** Pooled SMTP by nodemailer. Decorator-free: the module gives it its URL. */
export class SmtpMailer extends Mailer {
  readonly #transport: Transporter<SMTPPoolSentMessageInfo>;
  readonly #sendTimeout: number;
  readonly #host: string;
  #state: SmtpState = { state: 'not tried', detail: 'no mail was sent yet' };

  /** `tls`: never without encryption, and by these authorities alone. */
  constructor(smtpUrl: string, bounds: SmtpBounds = SMTP_BOUNDS, tls?: { readonly ca?: string }) {
    super();
    const { sendTimeout, ...poolBounds } = bounds;
    this.#sendTimeout = sendTimeout;
    this.#host = new URL(smtpUrl).hostname;
    this.#transport = createTransport({
      ...poolBounds,
      url: smtpUrl,
      pool: true,
      maxMessages: MAILS_PER_CONNECTION_MAX,
      maxRequeues: REQUEUES_MAX,
      ...(tls !== undefined && { requireTLS: true, tls }),
      // A payload can then never make the service read its own disk or call an address of its network.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.#transport.use('stream', composeAtOnce);
  }

  async send(mail: Mail, signal?: AbortSignal): Promise<Handover> {
    const watched: Watched = { mail, contentStreams: [] };
    const timeUp = new AbortController();
    // AbortSignal.timeout() would keep its timer, and the mail with it, for two minutes after the mail was sent.
    const timer = setTimeout(
      () => timeUp.abort(new DOMException('the mail took too long', 'TimeoutError')),
      this.#sendTimeout,
    );
    let handover: Handover;
    try {
      const sent = await this.#transport.sendMail({
        ...watched,
        messageId: mail.messageId,
        from: asAddress(mail.from),
        to: asAddress(mail.to),
        // The address as it was accepted, whatever becomes of the headers.
        envelope: { from: mail.from.address, to: mail.to.address },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        // RFC 3834: an out-of-office reply to a machine helps nobody.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: signal === undefined ? timeUp.signal : AbortSignal.any([timeUp.signal, signal]),
      });
      handover = { outcome: 'accepted', response: printable(sent.response) };
    } catch (error) {
      this.#forgetAddress();
      const contentStarted = watched.contentStreams.some((stream) => stream.readableDidRead);
      handover = classifySmtpError(error as SmtpError, contentStarted);
      if (isRefusalOfUs(error as SmtpError)) {
        this.#state = { state: 'refusing us', detail: handover.reason };
        return handover;
      }
    } finally {
      clearTimeout(timer);
    }
    this.#remember(handover);
    return handover;
  }

  /** Connects and logs in, and sends nothing: what is wrong with the settings need not wait for the first mail. */
  async tryOut(): Promise<void> {
    try {
      await this.#transport.verify();
      this.#state = { state: 'accepting', detail: 'it lets us in' };
    } catch (error) {
      this.#forgetAddress();
      const { message } = error as Error;
      const state = isRefusalOfUs(error as SmtpError) ? 'refusing us' : 'not accepting';
      this.#state = { state, detail: printable(message) };
    }
  }

  /** What the last mail or trial found out. Asks nobody, so that a readiness page never hangs on a mail server. */
  state(): SmtpState {
    return this.#state;
  }

  /** At once. A mail that is still under way by then has had the time of the drain, and its outcome is unknown. */
  close(): void {
    this.#transport.close({ force: true });
  }

  /** Nodemailer keeps addresses for five minutes, and a mail server that was restarted elsewhere has another. */
  #forgetAddress(): void {
    dnsCache.delete(this.#host);
  }

  #remember(handover: Handover): void {
    // A refusal is about one mail, from a server that does its work.
    const accepting = handover.outcome === 'accepted' || handover.outcome === 'refused';
    const detail = handover.outcome === 'accepted' ? handover.response : handover.reason;
    this.#state = { state: accepting ? 'accepting' : 'not accepting', detail };
  }
}

function asAddress({ name, address }: Mail['to']): { name: string; address: string } {
  return { name: name ?? '', address };
}

/**
 * Composes the mail before it takes its place in the queue, and gives it to the connection as one piece. Nodemailer
 * would write each header and part to the socket as it comes to it, some ten system calls for a mail of two kilobytes.
 *
 * It asks for the stream at each try to send; they are all kept, to see later whether one was read.
 */
function composeAtOnce({ data, message }: MailMessage, done: (error?: Error | null) => void): void {
  const { contentStreams, mail } = data as unknown as Watched;
  const headers: Readonly<Record<string, string>> = {
    From: headerMailbox(mail.from),
    To: headerMailbox(mail.to),
    Subject: headerText(mail.subject),
  };
  const encodeOther = message.encodeHeaderValue.bind(message);
  // Nodemailer would let pass what looks like an encoded word, and parse an address that was checked already.
  message.encodeHeaderValue = (key, value) => headers[key] ?? encodeOther(key, value);
  message.build((error, content) => {
    if (error) return done(error);
    message.createReadStream = () => {
      const stream = new Readable({
        read() {
          this.push(content);
          this.push(null);
        },
      });
      contentStreams.push(stream);
      return stream;
    };
    done();
  });
}
