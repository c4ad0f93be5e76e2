/** A mail to one recipient: with several, the server may accept some and reject others. */
export interface OutgoingMail {
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
 * What became of a mail that was handed to the mail server.
 * `response` and `reason` are printable and of bounded length, whatever the server sent.
 */
export type Handover =
  /** The server took responsibility: it answered 2yz to the content. */
  | { readonly outcome: 'accepted'; readonly response: string }
  /** The server rejected this mail permanently; it would reject the same mail again. */
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** The server does not have the mail: a retry cannot cause a duplicate. */
  | { readonly outcome: 'not-accepted'; readonly reason: string }
  /** The content was being sent and the answer did not come: the server may or may not have the mail. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Sends mails. A class and not an interface, so that it can be an injection token. */
export abstract class Mailer {
  /**
   * Never throws for anything the mail server does: that is the outcome. `signal` aborts a send in progress; `stopping` only one whose
   * content has not been started.
   * @throws the reason of `stopping`: the server does not have the mail
   */
  abstract send(mail: OutgoingMail, signal?: AbortSignal, stopping?: AbortSignal): Promise<Handover>;
}
