import { Controller, Get, Inject } from '@nestjs/common';
import type { About } from './api.ts';
import { CONFIG } from './config.ts';
import type { ConsoleConfig } from './config.ts';

@Controller()
export class AboutController {
  readonly #about: About;

  constructor(@Inject(CONFIG) config: ConsoleConfig) {
    this.#about = {
      version: VERSION,
      startedAt: new Date().toISOString(),
      hasChaos: config.STACK_CONTROL !== undefined,
      canTry: config.SERVICES.has('member-service') && config.SERVICES.has('order-service'),
      services: [...config.SERVICES.keys()],
    };
  }

  /** For the page, once, at its start. */
  @Get('api/about')
  about(): About {
    return this.#about;
  }

  /** The process answers. What it reads from may be unavailable: it then shows that. */
  @Get(['health/live', 'health/ready'])
  health(): { status: 'live' } {
    return { status: 'live' };
  }
}

const VERSION = '0.1.0';
