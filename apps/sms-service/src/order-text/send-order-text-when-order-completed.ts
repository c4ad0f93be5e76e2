import { orderCompleted } from '@event-bus/event-catalog';
import type { OrderCompleted } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { KEYS_KNOWN_MS, TEXT_HANDLER_TIMEOUT_MS } from '../gateway/gateway.ts';
import { SendText } from '../texts/send-text.ts';
import { orderText } from './order-text.ts';

@Controller()
export class SendOrderTextWhenOrderCompleted {
  readonly #texts: SendText;

  constructor(texts: SendText) {
    this.#texts = texts;
  }

  @OnEvent(orderCompleted, { effect: 'repeatable', timeoutMs: TEXT_HANDLER_TIMEOUT_MS, parkedAgeMaxMs: KEYS_KNOWN_MS })
  async send(order: OrderCompleted, context: RecordContext): Promise<void> {
    const { phone } = order.customer;
    if (phone === undefined) return;
    await this.#texts.send({ template: 'order', to: phone, text: orderText(order) }, context);
  }
}
