import { watchEventLoop } from '@event-bus/messaging-client';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import { SPANS_FLUSH_MS_MAX } from '../limits.ts';
import { startTraces } from '../traces/start-traces.ts';
import type { Traces } from '../traces/export-traces.ts';
import { loggerOf } from './create-service.ts';
import { migrateService } from './migrate-service.ts';
import { startService } from './start-service.ts';
import type { RunOptions } from './start-service.ts';
import { stopService } from './stop-service.ts';

/**
 * Runs a service until SIGTERM or SIGINT. It exits with 0 after a clean shutdown, and with 1 when work was not finished
 * within SHUTDOWN_TIMEOUT_MS. An uncaught error exits with 1, because the state of the process is no longer reliable.
 */
export async function runService(options: RunOptions): Promise<void> {
  // Also for a start that fails before the application has its logger.
  Logger.overrideLogger(loggerOf(options));
  const logger = new Logger(options.service);
  // Direct output of libraries may get lost, as log lines may: on a full disk, or when the reader has closed the pipe.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error, event }, 'uncaught error, exiting');
      process.exit(1);
    });
  }

  if (process.argv[2] === 'migrate') {
    await migrateService(options);
    return;
  }
  watchEventLoop();
  const traces = startTraces(options.service, options.config);
  const starting = traces.then(async () => startService(options, logger));
  stopOnSignal(starting, traces, options.config.SHUTDOWN_TIMEOUT_MS, logger);
  try {
    await starting;
  } catch (error) {
    logger.fatal({ err: error }, `${options.service} cannot start`);
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
