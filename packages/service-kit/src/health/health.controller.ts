import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';
import type { ProblemType } from '../http/http-problem.ts';
import { Documented } from '../openapi/documented.ts';
import { Readiness } from './readiness.ts';
import type { ReadinessReport } from './readiness.ts';

const notReady: ProblemType = { type: '/problems/not-ready', status: 503, title: 'The service is not ready' };

const check = z.object({
  ready: z.boolean(),
  state: z.enum(['ready', 'warning', 'not ready']),
  since: z.iso.datetime(),
  detail: z.string().optional(),
  code: z.string().optional(),
  params: z.record(z.string(), z.string()).optional(),
  warnings: z.array(z.string()).optional(),
});

export const SERVICE_NAME = Symbol('name of the service');

@Controller('health')
export class HealthController {
  readonly #service: string;
  readonly #readiness: Readiness;

  constructor(@Inject(SERVICE_NAME) service: string, readiness: Readiness) {
    this.#service = service;
    this.#readiness = readiness;
  }

  /** The process answers. Nothing else is checked: a restart would not bring a database back. */
  @Get('live')
  @Documented({
    summary: 'Whether the process answers',
    answers: { 200: z.object({ status: z.literal('live'), service: z.string() }) },
    needsDatabase: false,
  })
  live(): { status: 'live'; service: string } {
    return { status: 'live', service: this.#service };
  }

  /** 200 when every check passes, else 503; the body names the checks that failed, and why. */
  @Get('ready')
  @HttpCode(200)
  @Documented({
    summary: 'Whether this instance can do its work now, check by check',
    answers: { 200: z.object({ status: z.literal('ready'), checks: z.record(z.string(), check) }) },
    problems: [notReady],
    needsDatabase: false,
  })
  async ready(): Promise<{ status: 'ready' } & Pick<ReadinessReport, 'checks'>> {
    const { ready, checks } = await this.#readiness.report();
    if (!ready) throw new HttpProblem(notReady, { detail: failedChecks(checks), extensions: { checks } });
    return { status: 'ready', checks };
  }
}

function failedChecks(checks: ReadinessReport['checks']): string {
  const failed = Object.entries(checks).filter(([, { ready }]) => !ready);
  return failed.map(([name, { detail }]) => (detail === undefined ? name : `${name}: ${detail}`)).join('; ');
}
