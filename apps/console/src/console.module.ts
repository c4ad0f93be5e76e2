import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AboutController } from './about.controller.ts';
import { BrokerReader } from './broker/broker-reader.ts';
import { CONFIG } from './config.ts';
import type { ConsoleConfig } from './config.ts';
import { CountsOfGroups } from './groups/counts-of-groups.ts';
import { GroupWatch } from './broker/group-watch.ts';
import { GroupsController } from './groups/groups.controller.ts';
import { AdminSource } from './sources/admin-source.ts';
import { Topics } from './topics/topics.ts';
import { TopicsController } from './topics/topics.controller.ts';

/** The console on one screen: its sources, and what it answers from them. */
@Module({})
export class ConsoleModule {
  static forRoot(config: ConsoleConfig): DynamicModule {
    return {
      module: ConsoleModule,
      controllers: [AboutController, TopicsController, GroupsController],
      providers: [{ provide: CONFIG, useValue: config }, BrokerReader, AdminSource, GroupWatch, CountsOfGroups, Topics],
    };
  }
}
