import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AboutController } from './about.controller.ts';
import { CONFIG } from './config.ts';
import type { ConsoleConfig } from './config.ts';

/** The console on one screen: its sources, and what it answers from them. */
@Module({})
export class ConsoleModule {
  static forRoot(config: ConsoleConfig): DynamicModule {
    return {
      module: ConsoleModule,
      controllers: [AboutController],
      providers: [{ provide: CONFIG, useValue: config }],
    };
  }
}
