import { until } from '@event-bus/test-kit/until';

/** A mail as the mail server has it. */
export interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly messageId: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<{ [name: string]: unknown }>;
}

export interface Wanted {
  readonly to: string;
  /** All of it, or a pattern. */
  readonly subject?: string | RegExp;
}

interface Stored {
  readonly id: string;
  readonly subject: string;
  readonly from: readonly { readonly address: string }[];
  readonly to: readonly { readonly address: string }[];
  readonly text?: string;
  readonly html?: string;
  readonly headers: Readonly<{ [name: string]: unknown }>;
}

/** MailDev's inbox, read through its REST interface. */
export class Inbox {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** In the order of arrival. */
  async mails(): Promise<Mail[]> {
    const response = await fetch(`${this.#url}/api/email`);
    if (!response.ok) throw new Error(`the inbox answered ${response.status}`);
    return ((await response.json()) as Stored[]).map(readMail);
  }

  async mailsTo(address: string): Promise<Mail[]> {
    return (await this.mails()).filter(({ to }) => to.includes(address));
  }

  /** The first that fits. */
  async awaitMail(wanted: Wanted, boundMs?: number): Promise<Mail> {
    const [mail] = await this.awaitMails(wanted, 1, boundMs);
    if (mail === undefined) throw new Error('awaited no mail at all');
    return mail;
  }

  /** All that match, as soon as there are at least so many. Whether more arrive later, the test checks itself. */
  async awaitMails(wanted: Wanted, count: number, boundMs?: number): Promise<Mail[]> {
    return until(
      `${count} mails to ${wanted.to}${wanted.subject === undefined ? '' : ` with the subject ${wanted.subject}`}`,
      async () => {
        const fitting = (await this.mailsTo(wanted.to)).filter(({ subject }) => fits(subject, wanted.subject));
        if (fitting.length >= count) return fitting;
        throw new Error(`${fitting.length} of them`);
      },
      boundMs,
    );
  }
}

function readMail({ id, subject, from, to, text = '', html = '', headers }: Stored): Mail {
  return {
    id,
    subject,
    messageId: String(headers['message-id']),
    from: from.map(({ address }) => address),
    to: to.map(({ address }) => address),
    text,
    html,
    headers,
  };
}

function fits(subject: string, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? subject === wanted : wanted.test(subject);
}
