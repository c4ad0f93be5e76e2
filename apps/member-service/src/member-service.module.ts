import { memberSignedUp } from '@event-bus/event-catalog';
import { serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
import { Member } from './members/member.entity.ts';
import { MembersController } from './members/members.controller.ts';
import { CreateMembers1760000001001 } from './migrations/0001-create-members.ts';
import { AddPhoneToMembers1760000001002 } from './migrations/0002-add-phone-to-members.ts';
import { SignUpController } from './sign-up/sign-up.controller.ts';
import { SignUpService } from './sign-up/sign-up.service.ts';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class MemberServiceModule {
  static readonly service = 'member-service';

  static forRoot(config: Config): DynamicModule {
    return serviceModule(MemberServiceModule, config, {
      publishes: [memberSignedUp],
      entities: [Member],
      migrations: [CreateMembers1760000001001, AddPhoneToMembers1760000001002],
      controllers: [SignUpController, MembersController],
      providers: [SignUpService],
    });
  }
}
