import { watchEventLoop } from '@event-bus/messaging-client';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { setTimeout as delay } from 'node:timers/promises';
import { migrateService } from './migrate-service.ts';
import { startService } from './start-service.ts';
import type { RunOptions } from './start-service.ts';
import { stopService } from './stop-service.ts';

/**
 * Runs a service until it is told to stop: SIGTERM or SIGINT end it with exit code 0, or 1 when it could not finish
 * within SHUTDOWN_TIMEOUT_MS. An error that nobody caught ends it with 1, because its state is not to be trusted.
 */
export async function runService(options: RunOptions): Promise<void> {
  const logger = new Logger(options.service);
  // What libraries write past our log may get lost as its lines may: on a full disk, or when nobody reads any more.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error, event }, 'nobody caught this error, the process ends');
      process.exit(1);
    });
  }

  if (process.argv[2] === 'migrate') {
    await migrateService(options);
    return;
  }
  watchEventLoop();
  const starting = startService(options, logger);
  stopOnSignal(starting, options.config.SHUTDOWN_TIMEOUT_MS, logger);
  try {
    await starting;
  } catch (error) {
    logger.fatal({ err: error }, `${options.service} cannot start`);
    process.exit(1);
  }
}

function stopOnSignal(starting: Promise<NestExpressApplication>, timeoutMs: number, logger: Logger): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    // Ctrl-C reaches a whole process group, and whoever started us passes a signal on as well: one stop is enough.
    if (stopping) return;
    stopping = true;
    const startedAt = performance.now();
    logger.log({ signal }, 'stopping');
    const passedMs = (): number => Math.round(performance.now() - startedAt);
    // A start that fails says so itself; one that does not end must not keep the process from ending.
    const app = await Promise.race([starting.catch(() => undefined), delay(timeoutMs, undefined, { ref: false })]);
    const unfinished = app === undefined ? ['the start'] : await stopService(app, timeoutMs - passedMs());
    const durationMs = passedMs();
    if (unfinished.length === 0) logger.log({ durationMs }, 'stopped');
    else logger.error({ durationMs, unfinished }, `stopped without finishing: ${unfinished.join(', ')}`);
    process.exit(unfinished.length === 0 ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
}
