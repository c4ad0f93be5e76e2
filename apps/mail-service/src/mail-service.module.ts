import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { kafkaSettings, MessagingModule, messagingMigrations, TableCleanup } from '@event-bus/messaging-client';
import { databaseModule, Readiness, ServiceKitModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { MailServiceConfig } from './config.ts';
import { DeliverMail, MAIL_FROM } from './delivery/deliver-mail.ts';
import { DeadLettersController } from './ledger/dead-letters.controller.ts';
import { Ledger } from './ledger/ledger.ts';
import { OLD_MAILS } from './ledger/mail-retention.ts';
import { MailEntity } from './ledger/mail.entity.ts';
import { MailsController } from './ledger/mails.controller.ts';
import { CreateMail1795200000001 } from './migrations/0001-create-mail.ts';
import { IndexMailByAge1795200000002 } from './migrations/0002-index-mail-by-age.ts';
import { SendOrderMailWhenOrderCompleted } from './order-mail/send-order-mail-when-order-completed.ts';
import { SendRequestedMailWhenEmailRequested } from './requested-mail/send-requested-mail-when-email-requested.ts';
import { Mailer } from './smtp/mailer.ts';
import { SMTP_BOUNDS, SmtpMailer } from './smtp/smtp-mailer.ts';
import { SendWelcomeMailWhenMemberSignedUp } from './welcome-mail/send-welcome-mail-when-member-signed-up.ts';

export const SERVICE = 'mail-service';

/** A mail server that refuses us is tried again: soon after it was mended, and no nuisance until then. */
const SMTP_TRIAL_MS = 5_000;

/** The whole service: what it hears, what it says, what it keeps. */
@Module({})
export class MailServiceModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #mailer: SmtpMailer;
  #trials: NodeJS.Timeout | undefined;

  constructor(mailer: SmtpMailer, readiness: Readiness, cleanup: TableCleanup) {
    cleanup.add(OLD_MAILS);
    this.#mailer = mailer;
    // Ready without a mail server as well: mails wait for it, and it comes back. One that refuses us has to be looked at.
    readiness.add('smtp', async () => {
      const { state, detail } = mailer.state();
      return { ready: state !== 'refusing us', detail: `${state}: ${detail}` };
    });
  }

  static forRoot(config: MailServiceConfig): DynamicModule {
    return {
      module: MailServiceModule,
      imports: [
        ServiceKitModule.forRoot({ service: SERVICE }),
        databaseModule({
          url: config.DATABASE_URL,
          entities: [MailEntity],
          migrations: [...messagingMigrations(SERVICE), CreateMail1795200000001, IndexMailByAge1795200000002],
        }),
        MessagingModule.forRoot({
          service: SERVICE,
          kafka: kafkaSettings(config),
          publishes: [emailSent, emailFailed],
        }),
      ],
      controllers: [
        SendWelcomeMailWhenMemberSignedUp,
        SendOrderMailWhenOrderCompleted,
        SendRequestedMailWhenEmailRequested,
        MailsController,
        DeadLettersController,
      ],
      providers: [
        DeliverMail,
        Ledger,
        { provide: MAIL_FROM, useValue: config.MAIL_FROM },
        { provide: SmtpMailer, useFactory: () => new SmtpMailer(config.SMTP_URL, SMTP_BOUNDS, config.SMTP_SSL_CA) },
        { provide: Mailer, useExisting: SmtpMailer },
      ],
    };
  }

  onApplicationBootstrap(): void {
    void this.#mailer.tryOut();
    // Without a mail to send nobody would find out that it has been mended.
    this.#trials = setInterval(() => {
      if (this.#mailer.state().state === 'refusing us') void this.#mailer.tryOut();
    }, SMTP_TRIAL_MS);
  }

  /** The last of the hooks: the consumer has finished its mails by now. */
  onApplicationShutdown(): void {
    clearInterval(this.#trials);
    this.#mailer.close();
  }
}
