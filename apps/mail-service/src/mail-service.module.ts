import { emailFailed, emailSent } from '@event-bus/event-catalog';
import { kafkaSettings, MessagingModule, messagingMigrations } from '@event-bus/messaging-client';
import { databaseModule, Readiness, ServiceKitModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import type { MailServiceConfig } from './config.ts';
import { DeliverMail, MAIL_FROM } from './delivery/deliver-mail.ts';
import { DeadLettersController } from './ledger/dead-letters.controller.ts';
import { Ledger } from './ledger/ledger.ts';
import { MailEntity } from './ledger/mail.entity.ts';
import { MailsController } from './ledger/mails.controller.ts';
import { CreateMail1795200000001 } from './migrations/0001-create-mail.ts';
import { SendOrderMailWhenOrderCompleted } from './order-mail/send-order-mail-when-order-completed.ts';
import { SendRequestedMailWhenEmailRequested } from './requested-mail/send-requested-mail-when-email-requested.ts';
import { Mailer } from './smtp/mailer.ts';
import { SmtpMailer } from './smtp/smtp-mailer.ts';
import { SendWelcomeMailWhenMemberSignedUp } from './welcome-mail/send-welcome-mail-when-member-signed-up.ts';

/** The whole service: what it hears, what it says, what it keeps. */
@Module({})
export class MailServiceModule implements OnApplicationShutdown {
  readonly #mailer: SmtpMailer;

  constructor(mailer: SmtpMailer, readiness: Readiness) {
    this.#mailer = mailer;
    // Ready without a mail server as well: mails wait for it, and restarting this service would not bring it back.
    readiness.add('smtp', async () => {
      const { state, detail } = mailer.state();
      return { ready: true, detail: `${state}: ${detail}` };
    });
  }

  static forRoot(config: MailServiceConfig): DynamicModule {
    return {
      module: MailServiceModule,
      imports: [
        ServiceKitModule.forRoot({ service: 'mail-service' }),
        databaseModule({
          url: config.DATABASE_URL,
          entities: [MailEntity],
          migrations: [...messagingMigrations, CreateMail1795200000001],
        }),
        MessagingModule.forRoot({
          service: 'mail-service',
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
        { provide: SmtpMailer, useFactory: () => new SmtpMailer(config.SMTP_URL) },
        { provide: Mailer, useExisting: SmtpMailer },
      ],
    };
  }

  /** The last of the hooks: the consumer has finished its mails by now. */
  onApplicationShutdown(): void {
    this.#mailer.close();
  }
}
