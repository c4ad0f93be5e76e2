import { orderCompleted } from '@event-bus/event-catalog';
import type { OrderCompleted } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { Confirmed, OutsideContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { DeliverMail } from '../delivery/deliver-mail.ts';
import { oneLine } from '../letter/letter.ts';
import { MAIL_HANDLER_TIMEOUT_MS } from '../smtp/smtp-mailer.ts';
import { orderMail } from './order-mail.template.ts';

@Controller()
export class SendOrderMailWhenOrderCompleted {
  readonly #delivery: DeliverMail;

  constructor(delivery: DeliverMail) {
    this.#delivery = delivery;
  }

  /** A duplicate does less harm than no mail, so an ambiguous one is sent again a few times, with the same Message-ID. */
  @OnEvent(orderCompleted, { effect: 'outside', whenAmbiguous: 'resend', timeoutMs: MAIL_HANDLER_TIMEOUT_MS })
  async send(order: OrderCompleted, context: OutsideContext): Promise<Confirmed> {
    const to = { name: oneLine(order.customer.name), address: order.customer.email };
    return this.#delivery.deliver({ template: 'order', to, ...orderMail(order) }, context);
  }
}
