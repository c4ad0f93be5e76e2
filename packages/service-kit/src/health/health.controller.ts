import { Controller, Get, HttpCode, ServiceUnavailableException } from '@nestjs/common';
import { Readiness } from './readiness.ts';
import type { ReadinessReport } from './readiness.ts';

@Controller('health')
export class HealthController {
  readonly #readiness: Readiness;

  constructor(readiness: Readiness) {
    this.#readiness = readiness;
  }

  /** The process answers. Nothing else is asked: restarting it would not bring a database back. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** 200 when every check is in order, else 503; the body says which is not, and why. */
  @Get('ready')
  @HttpCode(200)
  async ready(): Promise<{ status: 'ready' } & Omit<ReadinessReport, 'ready'>> {
    const { ready, checks } = await this.#readiness.report();
    if (!ready) throw new ServiceUnavailableException({ status: 'not ready', checks });
    return { status: 'ready', checks };
  }
}
