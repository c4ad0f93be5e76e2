import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { Outbox, PermanentError, TransientError } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Ledger } from '../ledger/ledger.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Template } from '../ledger/mail.entity.ts';
import { Mailer } from '../smtp/mailer.ts';
import type { Mailbox } from '../smtp/mailer.ts';
import { messageIdOf } from './message-id.ts';

/** A mail to be delivered: who, what, and which of the event's mails it is. */
interface Delivery {
  readonly template: Template;
  /** This service's own address unless given. */
  readonly from?: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
}

/** Injection token of the address that mails come from when their event names none. */
export const MAIL_FROM = Symbol('MAIL_FROM');

/**
 * The one way a mail leaves this service, three steps of which the middle one cannot be undone:
 *
 *   claim (inbox and ledger: handing-over) → mail server → confirm (inbox, ledger: accepted, outbox: email.sent)
 *
 * SMTP knows no exactly-once. What is promised: no mail is lost, and one that may have been sent twice is one that the
 * ledger calls ambiguous.
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

    const handover = await this.#mailer.send({ messageId, from, to, subject, text, html }, context.signal);
    const facts = { template, messageId, outcome: handover.outcome, ambiguous: claim.ambiguous };

    switch (handover.outcome) {
      case 'accepted':
        this.#logger.log({ ...facts, response: handover.response }, 'mail accepted by the mail server');
        return claim.confirm(async (manager) => this.#accepted(manager, entry));

      case 'refused':
        throw new PermanentError(`the mail server refused the mail: ${handover.reason}`, {
          record: async (manager) => this.#refused(manager, entry, handover.reason),
        });

      case 'not-accepted':
        await this.#note('waiting', entry, handover.reason);
        throw new TransientError(`the mail was not accepted: ${handover.reason}`);

      default:
        await this.#note('inDoubt', entry, handover.reason);
        // Neither permanent nor transient on purpose: the claim stays open, which makes the next one ambiguous.
        throw new Error(`the mail server may or may not have the mail: ${handover.reason}`);
    }
  }

  async #accepted(manager: EntityManager, { eventId, template, recipient, messageId }: LedgerEntry): Promise<void> {
    await this.#ledger.accepted(manager, { eventId, template });
    await this.#outbox.append(manager, emailSent, {
      causedBy: eventId,
      template,
      to: recipient,
      messageId,
      sentAt: new Date().toISOString(),
    });
  }

  async #refused(manager: EntityManager, { eventId, template, recipient }: LedgerEntry, reason: string): Promise<void> {
    await this.#ledger.rejected(manager, { eventId, template }, reason);
    await this.#outbox.append(manager, emailFailed, {
      causedBy: eventId,
      template,
      to: recipient,
      reason,
      failedAt: new Date().toISOString(),
    });
  }

  /** For whoever looks at the ledger; nothing is decided by it, so a database that is away must not hide the outcome. */
  async #note(what: 'waiting' | 'inDoubt', entry: LedgerEntry, reason: string): Promise<void> {
    try {
      await this.#ledger[what](entry, reason);
    } catch (error) {
      this.#logger.warn({ err: error, messageId: entry.messageId }, 'the ledger could not be told of a failed attempt');
    }
  }
}
