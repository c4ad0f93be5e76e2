import { memberSignedUp } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { DeliverMail } from '../delivery/deliver-mail.ts';
import { oneLine } from '../letter/letter.ts';
import { MAIL_HANDLER_TIMEOUT_MS } from '../smtp/smtp-mailer.ts';
import { welcomeMail } from './welcome-mail.template.ts';

@Controller()
export class SendWelcomeMailWhenMemberSignedUp {
  readonly #delivery: DeliverMail;

  constructor(delivery: DeliverMail) {
    this.#delivery = delivery;
  }

  /** A duplicate does less harm than no mail, so an ambiguous one is sent again a few times, with the same Message-ID. */
  @OnEvent(memberSignedUp, { effect: 'outside', whenAmbiguous: 'resend', timeoutMs: MAIL_HANDLER_TIMEOUT_MS })
  async send(member: MemberSignedUp, context: OutsideContext): Promise<Confirmed> {
    const to = { name: oneLine(member.name), address: member.email };
    return this.#delivery.deliver({ template: 'welcome', to, ...welcomeMail(member) }, context);
  }
}
