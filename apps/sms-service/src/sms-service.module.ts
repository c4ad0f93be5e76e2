import { smsFailed, smsSent } from '@event-bus/event-catalog';
import { TableCleanup } from '@event-bus/messaging-client';
import { notReady, Readiness, serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
import { Gateway } from './gateway/gateway.ts';
import { CreateTextMessages1760000004001 } from './migrations/0001-create-text-messages.ts';
import { SendOrderTextWhenOrderCompleted } from './order-text/send-order-text-when-order-completed.ts';
import { Ledger } from './texts/ledger.ts';
import { SendText, SMS_FROM } from './texts/send-text.ts';
import { Text } from './texts/text.entity.ts';
import { OLD_TEXTS } from './texts/text-retention.ts';
import { TextsController } from './texts/texts.controller.ts';
import { SendWelcomeTextWhenMemberSignedUp } from './welcome-text/send-welcome-text-when-member-signed-up.ts';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class SmsServiceModule {
  static readonly service = 'sms-service';

  constructor(gateway: Gateway, readiness: Readiness, cleanup: TableCleanup) {
    cleanup.add(OLD_TEXTS);
    // Ready while the gateway is unavailable: texts wait for it. One that rejects our login needs an operator.
    readiness.add('sms-gateway', async () => {
      const { is, detail } = gateway.state;
      const said = `${is}: ${detail}`;
      if (is === 'login rejected') return notReady('sms-gateway-rejects-login', said, { reason: detail });
      const warnings = is === 'unavailable' ? [`the gateway is unavailable, and texts wait: ${detail}`] : [];
      return { ready: true, detail: said, warnings };
    });
  }

  static forRoot(config: Config): DynamicModule {
    return serviceModule(SmsServiceModule, config, {
      publishes: [smsSent, smsFailed],
      entities: [Text],
      migrations: [CreateTextMessages1760000004001],
      controllers: [SendWelcomeTextWhenMemberSignedUp, SendOrderTextWhenOrderCompleted, TextsController],
      providers: [
        SendText,
        Ledger,
        { provide: SMS_FROM, useValue: config.SMS_FROM },
        {
          provide: Gateway,
          useValue: new Gateway({ url: config.SMS_GATEWAY_URL, token: config.SMS_GATEWAY_TOKEN }),
        },
      ],
    });
  }
}
