import type { z } from 'zod';
import { StructuredLogger } from '../logs/structured-logger.ts';
import { ConfigError, configSummary, readConfig } from './read-config.ts';
import type { Environment } from './read-config.ts';

const STANDARD_ERROR = 2;

/**
 * Reads and validates a service's configuration from the environment.
 *
 * Without `env` it reads `process.env`, for a `main.ts`: it writes all problems at once to standard error, in the format of
 * the log, and exits with 1. With `env` it throws.
 * @throws ConfigError
 */
export function loadConfig<Schema extends z.ZodObject>(
  service: string,
  schema: Schema,
  env?: Environment,
): z.output<Schema> {
  if (env !== undefined) return readConfig(service, schema, env);
  try {
    return readConfig(service, schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(service, error);
    return process.exit(1);
  }
}

/** LOG_FORMAT is not validated yet; whatever else it is, JSON is the default. */
function report(service: string, { message, problems }: ConfigError): void {
  if (process.env['LOG_FORMAT'] === 'text') {
    process.stderr.write(`${message}\n`);
    return;
  }
  const logger = new StructuredLogger({ service, level: 'fatal', descriptor: STANDARD_ERROR });
  const settings = problems.map(({ setting, problem }) => `${setting} ${problem}`).join('; ');
  logger.fatal({ problems }, `${configSummary(service, problems)}: ${settings}`, 'Config');
}
