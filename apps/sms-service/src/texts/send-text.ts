import { PermanentError } from '@event-bus/messaging-client';
import type { RecordContext } from '@event-bus/messaging-client';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Gateway } from '../gateway/gateway.ts';
import { Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger.ts';
import { segmentsOf } from './segments.ts';
import type { Template } from './text.entity.ts';

/** A reason as `sms.failed` carries it. */
const REASON_CHARACTERS_MAX = 500;

/** Injection token of the sender. */
export const SMS_FROM = Symbol('SMS_FROM');

/**
 * The only way a text is sent: hand it over with a key, then write down that it was taken. A process that ends in between hands
 * it over again with the same key, and the gateway answers as before: one text for each event, see docs/exactly-once.md.
 */
@Injectable()
export class SendText {
  readonly #logger = new Logger('Text');
  readonly #gateway: Gateway;
  readonly #ledger: Ledger;
  readonly #from: string;

  constructor(gateway: Gateway, ledger: Ledger, @Inject(SMS_FROM) from: string) {
    this.#gateway = gateway;
    this.#ledger = ledger;
    this.#from = from;
  }

  async send(
    { template, to, text }: { readonly template: Template; readonly to: string; readonly text: string },
    record: RecordContext,
  ): Promise<void> {
    const key = `${record.event.id}.${template}`;
    const entry: LedgerEntry = { template, to, segments: segmentsOf(text), record };
    let gatewayId: string;
    try {
      gatewayId = await this.#gateway.send({ key, from: this.#from, to, text }, record.signal);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      const reason = error.message.slice(0, REASON_CHARACTERS_MAX);
      throw new PermanentError(reason, {
        cause: error,
        record: async (manager) => this.#ledger.rejected(manager, entry, reason),
      });
    }
    await this.#ledger.accepted(entry, gatewayId);
    this.#logger.log({ template, gatewayId, segments: entry.segments }, 'text accepted by the gateway');
  }
}
