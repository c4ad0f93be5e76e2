import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { Outbox, PermanentError, TransientError } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Ledger } from '../ledger/ledger.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Template } from '../ledger/mail.entity.ts';
import { Mailer } from '../smtp/mailer.ts';
import type { Handover, Mailbox, OutgoingMail } from '../smtp/mailer.ts';
import { messageIdOf } from './message-id.ts';

/** A mail to deliver; with the event's id, `template` identifies it. */
interface Delivery {
  readonly template: Template;
  /** MAIL_FROM by default. */
  readonly from?: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
}

/** Injection token of the default sender. */
export const MAIL_FROM = Symbol('MAIL_FROM');

/**
 * The only way a mail is sent, in three steps of which the second cannot be undone:
 *
 *   claim (inbox and ledger: handing-over) → mail server → confirm (inbox, ledger: accepted, outbox: email.sent)
 *
 * SMTP has no exactly-once. The guarantee is: no mail is lost, and every mail that may have been sent twice is marked
 * ambiguous in the ledger.
 */
@Injectable()
export class DeliverMail {
  readonly #logger = new Logger('Mail');
  readonly #mailer: Mailer;
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #from: Mailbox;

  constructor(mailer: Mailer, ledger: Ledger, outbox: Outbox, @Inject(MAIL_FROM) from: Mailbox) {
    this.#mailer = mailer;
    this.#ledger = ledger;
    this.#outbox = outbox;
    this.#from = from;
  }

  async deliver(delivery: Delivery, context: OutsideContext): Promise<Confirmed> {
    const { template, from = this.#from, to, subject, text, html } = delivery;
    const eventId = context.event.id;
    const messageId = messageIdOf({ eventId, template }, this.#from.address);
    const entry: LedgerEntry = { eventId, template, recipient: to.address, subject, messageId, record: context };

    let alreadyAccepted = false;
    const claim = await context.claim(async (manager, { ambiguous }) => {
      alreadyAccepted = !(await this.#ledger.handingOver(manager, entry, ambiguous));
    });
    if (alreadyAccepted) return claim.confirm();

    const handover = await this.#handOver({ messageId, from, to, subject, text, html }, entry, context);
    const facts = { template, messageId, outcome: handover.outcome, ambiguous: claim.ambiguous };

    switch (handover.outcome) {
      case 'accepted':
        this.#logger.log({ ...facts, response: handover.response }, 'mail accepted by the mail server');
        return claim.confirm(async (manager) => this.#accepted(manager, entry, handover.response));

      case 'rejected':
        throw new PermanentError(`the mail server rejected the mail: ${handover.reason}`, {
          record: async (manager) => this.#rejected(manager, entry, handover.reason),
        });

      case 'not-accepted':
        await this.#record('waiting', entry, handover.reason);
        throw new TransientError(`the mail was not accepted: ${handover.reason}`);

      default:
        await this.#record('inDoubt', entry, handover.reason);
        // Neither permanent nor transient on purpose: the claim stays open, which makes the next attempt ambiguous.
        throw new Error(`the mail server may or may not have the mail: ${handover.reason}`);
    }
  }

  async #handOver(mail: OutgoingMail, entry: LedgerEntry, { signal, stopping }: OutsideContext): Promise<Handover> {
    try {
      return await this.#mailer.send(mail, signal, stopping);
    } catch (error) {
      await this.#record('waiting', entry, 'the service stopped before it was sent');
      throw error;
    }
  }

  async #accepted(
    manager: EntityManager,
    { eventId, template, recipient, messageId }: LedgerEntry,
    answer: string,
  ): Promise<void> {
    await this.#ledger.accepted(manager, { eventId, template }, answer);
    await this.#outbox.append(manager, emailSent, {
      causedBy: eventId,
      template,
      to: recipient,
      messageId,
      sentAt: new Date().toISOString(),
    });
  }

  async #rejected(
    manager: EntityManager,
    { eventId, template, recipient }: LedgerEntry,
    reason: string,
  ): Promise<void> {
    await this.#ledger.rejected(manager, { eventId, template }, reason);
    await this.#outbox.append(manager, emailFailed, {
      causedBy: eventId,
      template,
      to: recipient,
      reason,
      failedAt: new Date().toISOString(),
    });
  }

  /** For readers of the ledger. Nothing depends on it, so an unavailable database must not hide the outcome. */
  async #record(what: 'waiting' | 'inDoubt', entry: LedgerEntry, reason: string): Promise<void> {
    try {
      await this.#ledger[what](entry, reason);
    } catch (error) {
      this.#logger.warn(
        { err: error, messageId: entry.messageId },
        'a failed attempt could not be recorded in the ledger',
      );
    }
  }
}
