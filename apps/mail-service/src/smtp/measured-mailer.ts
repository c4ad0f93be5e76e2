import { failSpan, inSpan } from '@event-bus/messaging-client';
import { SpanKind } from '@opentelemetry/api';
import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { Mailer } from './mailer.ts';
import type { Handover, OutgoingMail } from './mailer.ts';
import { SMTP_STATES } from './smtp-mailer.ts';
import type { SmtpMailer } from './smtp-mailer.ts';

/** From a local server to `sendTimeout`. */
const SEND_BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120];

/** Sends by SMTP, and measures each mail by its outcome. Each is a span too, which contains no address of a person. */
export class MeasuredMailer extends Mailer {
  readonly #smtp: SmtpMailer;
  readonly #durations: Histogram<'outcome'>;

  constructor(smtp: SmtpMailer, registry: Registry) {
    super();
    this.#smtp = smtp;
    this.#durations = new Histogram({
      name: 'mail_send_duration_seconds',
      help: 'Duration of handing a mail to the mail server, by outcome: accepted, rejected, not-accepted, unknown. Its count is the number of mails.',
      labelNames: ['outcome'],
      buckets: SEND_BUCKETS_SECONDS,
      registers: [],
    });
    registry.registerMetric(this.#durations);
    registry.registerMetric(
      new Gauge({
        name: 'mail_smtp_state',
        help: 'The state of the mail server as of the last mail or login: 1 for the one that holds.',
        labelNames: ['state'],
        registers: [],
        collect() {
          for (const state of SMTP_STATES) this.set({ state }, smtp.state().state === state ? 1 : 0);
        },
      }),
    );
  }

  async send(mail: OutgoingMail, signal?: AbortSignal, stopping?: AbortSignal): Promise<Handover> {
    const attributes = { 'network.protocol.name': 'smtp', 'server.address': this.#smtp.host };
    return inSpan('smtp send', { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const startedAt = performance.now();
      const handover = await this.#smtp.send(mail, signal, stopping);
      const { outcome } = handover;
      this.#durations.observe({ outcome }, (performance.now() - startedAt) / 1_000);
      span?.setAttribute('event_bus.outcome', outcome);
      if (span !== undefined && outcome !== 'accepted') failSpan(span, { name: outcome });
      return handover;
    });
  }
}
