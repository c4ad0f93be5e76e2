import { memberSignedUp } from '@event-bus/event-catalog';
import { kafkaSettings, MessagingModule, messagingMigrations } from '@event-bus/messaging-client';
import { databaseModule, ServiceKitModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { MemberServiceConfig } from './config.ts';
import { Member } from './members/member.entity.ts';
import { MembersController } from './members/members.controller.ts';
import { CreateMembers1760000001001 } from './migrations/0001-create-members.ts';
import { SignUpController } from './sign-up/sign-up.controller.ts';
import { SignUpService } from './sign-up/sign-up.service.ts';

export const SERVICE = 'member-service';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class MemberServiceModule {
  static forRoot(config: MemberServiceConfig): DynamicModule {
    return {
      module: MemberServiceModule,
      imports: [
        ServiceKitModule.forRoot({ service: SERVICE }),
        databaseModule({
          url: config.DATABASE_URL,
          entities: [Member],
          migrations: [...messagingMigrations(SERVICE), CreateMembers1760000001001],
        }),
        MessagingModule.forRoot({
          service: SERVICE,
          kafka: kafkaSettings(config),
          publishes: [memberSignedUp],
        }),
      ],
      controllers: [SignUpController, MembersController],
      providers: [SignUpService],
    };
  }
}
