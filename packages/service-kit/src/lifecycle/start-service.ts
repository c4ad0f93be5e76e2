import type { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceConfig } from '../config/service-env.ts';
import { AdminServer } from '../admin/admin-server.ts';
import { readAdminSettings } from '../admin/admin-settings.ts';
import { Database } from '../database/database.ts';
import { Readiness } from '../health/readiness.ts';
import { READY_POLL_MS } from '../limits.ts';
import { createService } from './create-service.ts';
import type { ServiceOptions } from './create-service.ts';

export interface RunOptions extends ServiceOptions {
  readonly config: ServiceConfig;
}

/** Resolves when the service listens. Its database and broker may still be unavailable: it consumes once they are there. */
export async function startService(options: RunOptions, logger: Logger): Promise<NestExpressApplication> {
  const { service, config } = options;
  const admin = readAdminSettings(config);
  const app = await createService(options);
  if (admin !== undefined) await app.get(AdminServer).listen(admin);
  await app.listen(config.HTTP_PORT, config.HTTP_HOST);
  void consumeOnceTheDatabaseIsOpen(app);
  void logWhenReady(app, service, logger);
  return app;
}

/** Handlers need their tables; a consumer that starts earlier would only fail and wait. */
async function consumeOnceTheDatabaseIsOpen(app: NestExpressApplication): Promise<void> {
  await app.get(Database).opened;
  await app.startAllMicroservices();
}

async function logWhenReady(app: NestExpressApplication, service: string, logger: Logger): Promise<void> {
  const address = await app.getUrl();
  logger.log({ address }, `${service} is listening at ${address}`);
  const readiness = app.get(Readiness);
  let pollMs: number = READY_POLL_MS.first;
  while (!(await readiness.report()).ready) {
    await delay(pollMs, undefined, { ref: false });
    pollMs = Math.min(pollMs * 1.2, READY_POLL_MS.max);
  }
  logger.log({ address, startupMs: Math.round(process.uptime() * 1000) }, `${service} is ready at ${address}`);
}
