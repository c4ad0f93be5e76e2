import { memberSignedUp } from '@event-bus/event-catalog';
import type { MemberSignedUp } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';
import { KEYS_KNOWN_MS, TEXT_HANDLER_TIMEOUT_MS } from '../gateway/gateway.ts';
import { SendText } from '../texts/send-text.ts';
import { welcomeText } from './welcome-text.ts';

@Controller()
export class SendWelcomeTextWhenMemberSignedUp {
  readonly #texts: SendText;

  constructor(texts: SendText) {
    this.#texts = texts;
  }

  @OnEvent(memberSignedUp, { effect: 'repeatable', timeoutMs: TEXT_HANDLER_TIMEOUT_MS, parkedAgeMaxMs: KEYS_KNOWN_MS })
  async send(member: MemberSignedUp, context: RecordContext): Promise<void> {
    if (member.phone === undefined) return;
    await this.#texts.send({ template: 'welcome', to: member.phone, text: welcomeText(member) }, context);
  }
}
