import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { TableCleanup } from '@event-bus/messaging-client';
import { AdminServer, Metrics, notReady, Readiness, serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Config } from './config.ts';
import { DeliverMail, MAIL_FROM } from './delivery/deliver-mail.ts';
import { acceptedMails, ledgerDigests } from './ledger/ledger-census.ts';
import { Ledger } from './ledger/ledger.ts';
import { OLD_MAILS } from './ledger/mail-retention.ts';
import { Mail } from './ledger/mail.entity.ts';
import { MailsController } from './ledger/mails.controller.ts';
import { CreateMails1760000003001 } from './migrations/0001-create-mails.ts';
import { AddAnswerToMails1760000003002 } from './migrations/0002-add-answer-to-mails.ts';
import { FindAmbiguousMails1760000003003 } from './migrations/0003-find-ambiguous-mails.ts';
import { SendOrderMailWhenOrderCompleted } from './order-mail/send-order-mail-when-order-completed.ts';
import { SendRequestedMailWhenEmailRequested } from './requested-mail/send-requested-mail-when-email-requested.ts';
import { Mailer } from './smtp/mailer.ts';
import { MeasuredMailer } from './smtp/measured-mailer.ts';
import { SMTP_BOUNDS, SmtpMailer } from './smtp/smtp-mailer.ts';
import { SendWelcomeMailWhenMemberSignedUp } from './welcome-mail/send-welcome-mail-when-member-signed-up.ts';

/** How often a mail server that does not accept mails is checked: mails go soon after the fix, and the checks are no load. */
const SMTP_CHECK_MS = 5_000;

/** After so long without a mail, one that accepted them is checked, too: without mails, nothing would tell that it is down. */
const SMTP_QUIET_MS_MAX = 10_000;

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class MailServiceModule implements OnApplicationBootstrap, OnApplicationShutdown {
  static readonly service = 'mail-service';

  readonly #mailer: SmtpMailer;
  #checks: NodeJS.Timeout | undefined;

  constructor(mailer: SmtpMailer, readiness: Readiness, cleanup: TableCleanup, admin: AdminServer) {
    cleanup.add(OLD_MAILS);
    admin.add('/admin/ledger/digests', ledgerDigests);
    admin.add('/admin/ledger/accepted', acceptedMails);
    this.#mailer = mailer;
    // Ready while the mail server is unavailable: mails wait for it. One that rejects us needs an operator.
    readiness.add('smtp', async () => {
      const { state, detail } = mailer.state();
      const said = `${state}: ${detail}`;
      if (state === 'rejected') return notReady('smtp-rejects-login', said, { reason: detail });
      const warnings =
        state === 'not accepting' ? [`the mail server does not accept mails, and they wait: ${detail}`] : [];
      return { ready: true, detail: said, warnings };
    });
  }

  static forRoot(config: Config): DynamicModule {
    return serviceModule(MailServiceModule, config, {
      publishes: [emailSent, emailFailed],
      entities: [Mail],
      migrations: [CreateMails1760000003001, AddAnswerToMails1760000003002, FindAmbiguousMails1760000003003],
      controllers: [
        SendWelcomeMailWhenMemberSignedUp,
        SendOrderMailWhenOrderCompleted,
        SendRequestedMailWhenEmailRequested,
        MailsController,
      ],
      providers: [
        DeliverMail,
        Ledger,
        { provide: MAIL_FROM, useValue: config.MAIL_FROM },
        { provide: SmtpMailer, useFactory: () => new SmtpMailer(config.SMTP_URL, SMTP_BOUNDS, config.SMTP_SSL_CA) },
        {
          provide: Mailer,
          useFactory: (smtp: SmtpMailer, { registry }: Metrics) => new MeasuredMailer(smtp, registry),
          inject: [SmtpMailer, Metrics],
        },
      ],
    });
  }

  onApplicationBootstrap(): void {
    void this.#mailer.verify();
    this.#checks = setInterval(() => {
      const isTrusted = this.#mailer.state().state === 'accepting' && this.#mailer.quietMs < SMTP_QUIET_MS_MAX;
      if (!isTrusted) void this.#mailer.verify();
    }, SMTP_CHECK_MS);
  }

  /** The last hook: the consumer has finished its mails by now. */
  onApplicationShutdown(): void {
    clearInterval(this.#checks);
    this.#mailer.close();
  }
}
