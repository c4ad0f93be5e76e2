import { watchEventLoop } from '@event-bus/messaging-client';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { loadConfig } from '../config/load-config.ts';
import type { CommonConfig } from '../config/service-config.ts';
import { SPANS_FLUSH_MS_MAX } from '../limits.ts';
import type { ServiceClass } from '../service-module.ts';
import { startTraces } from '../traces/start-traces.ts';
import type { Traces } from '../traces/export-traces.ts';
import { loggerOf } from './create-service.ts';
import { migrateService } from './migrate-service.ts';
import { startService } from './start-service.ts';
import { stopService } from './stop-service.ts';

/**
 * Runs a service until SIGTERM or SIGINT, with its configuration from the environment; `main.js migrate` only brings the schema
 * of its database up to date. It exits with 0 after a clean shutdown, and with 1 when work was not finished
 * within SHUTDOWN_TIMEOUT_MS. An uncaught error exits with 1, because the state of the process is no longer reliable.
 */
export async function runService<Config extends CommonConfig>(
  module: ServiceClass<Config>,
  env: z.ZodObject & z.ZodType<Config>,
): Promise<void> {
  const { service } = module;
  const config: Config = loadConfig(service, env);
  // Also for a start that fails before the application has its logger.
  Logger.overrideLogger(loggerOf({ service, config }));
  const logger = new Logger(service);
  // Direct output of libraries may get lost, as log lines may: on a full disk, or when the reader has closed the pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error, event }, 'uncaught error, exiting');
      process.exit(1);
    });
  }

  if (process.argv[2] === 'migrate') {
    await migrateService({ service, module: module.forRoot(config), config });
    return;
  }
  watchEventLoop();
  const traces = startTraces(service, config);
  const starting = traces.then(async () => startService({ service, module: module.forRoot(config), config }, logger));
  stopOnSignal(starting, traces, config.SHUTDOWN_TIMEOUT_MS, logger);
  try {
    await starting;
  } catch (error) {
    logger.fatal({ err: error }, `${service} cannot start`);
    process.exit(1);
  }
}

function stopOnSignal(
  starting: Promise<NestExpressApplication>,
  traces: Promise<Traces>,
  timeoutMs: number,
  logger: Logger,
): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // Ctrl-C signals the whole process group, and the parent process may forward the signal too: one stop is enough.
    if (stopping) return;
    stopping = true;
    const startedAt = performance.now();
    logger.log({ signal }, 'stopping');
    const passedMs = (): number => Math.round(performance.now() - startedAt);
    // A start that fails is logged below; one that hangs must not keep the process from exiting.
    const app = await Promise.race([starting.catch(() => undefined), delay(timeoutMs, undefined, { ref: false })]);
    const unfinished = app === undefined ? ['the start'] : await stopService(app, timeoutMs - passedMs());
    if (app !== undefined) await (await traces).stop(Math.min(SPANS_FLUSH_MS_MAX, Math.max(0, timeoutMs - passedMs())));
    const durationMs = passedMs();
    if (unfinished.length === 0) logger.log({ durationMs }, 'stopped');
    else logger.error({ durationMs, unfinished }, `stopped without finishing: ${unfinished.join(', ')}`);
    process.exit(unfinished.length === 0 ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
}
