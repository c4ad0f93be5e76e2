import { emailRequested } from '@event-bus/event-catalog';
import type { EmailRequested } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { DeliverMail } from '../delivery/deliver-mail.ts';
import { MAIL_HANDLER_TIMEOUT_MS } from '../smtp/smtp-mailer.ts';

@Controller()
export class SendRequestedMailWhenEmailRequested {
  readonly #delivery: DeliverMail;

  constructor(delivery: DeliverMail) {
    this.#delivery = delivery;
  }

  /** Sent unchanged: the requesting service has written it. An ambiguous one is sent again a few times, with the same Message-ID. */
  @OnEvent(emailRequested, { effect: 'outside', whenAmbiguous: 'resend', timeoutMs: MAIL_HANDLER_TIMEOUT_MS })
  async send({ from, to, subject, text, html }: EmailRequested, context: OutsideContext): Promise<Confirmed> {
    const mail = { from: { address: from }, to: { address: to }, subject, text, html };
    return this.#delivery.deliver({ template: 'requested', ...mail }, context);
  }
}
