import 'reflect-metadata';
import { ConfigError } from '@event-bus/service-kit/config';
import { ConsoleLogger } from '@nestjs/common';
import { readConsoleConfig } from './config.ts';
import type { ConsoleConfig } from './config.ts';
import { createConsole } from './create-console.ts';

const LEVELS = ['fatal', 'error', 'warn', 'log', 'debug'] as const;

function configOrExit(): ConsoleConfig {
  try {
    return readConsoleConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

const config = configOrExit();
const lowest = config.LOG_LEVEL === 'info' ? 'log' : config.LOG_LEVEL;
const logger = new ConsoleLogger('Console', {
  json: config.LOG_FORMAT === 'json',
  logLevels: LEVELS.slice(0, LEVELS.indexOf(lowest) + 1),
});
const app = await createConsole(config, logger);
app.enableShutdownHooks(['SIGTERM', 'SIGINT']);
const { host, port } = config.CONSOLE_LISTEN;
await app.listen(port, host);
logger.log(`the console is at ${await app.getUrl()}`);
