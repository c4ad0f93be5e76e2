/** A mail to one person. One recipient only: several would each be answered on their own, and half a success has no name. */
export interface Mail {
  readonly messageId: string;
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
}

export interface Mailbox {
  readonly address: string;
  readonly name?: string | undefined;
}

/**
 * What became of a mail that was handed to the mail server. SMTP has these four answers and no fifth.
 * `response` and `reason` are printable and of bounded length, whatever the server said.
 */
export type Handover =
  /** The server took responsibility: it answered 2yz to the whole message. */
  | { readonly outcome: 'accepted'; readonly response: string }
  /** The server refused this very mail for good; the same mail would be refused again. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The server certainly does not have it: it may be tried again, no duplicate can come of it. */
  | { readonly outcome: 'not-accepted'; readonly reason: string }
  /** The content was on its way and the answer never came: the server may have it, or may not. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** How mail leaves the house. A class and not an interface, so that Nest can inject by it. */
export abstract class Mailer {
  /** Never throws for anything the mail server does: the outcome says that. The signal ends a send that is under way. */
  abstract send(mail: Mail, signal?: AbortSignal): Promise<Handover>;
}
