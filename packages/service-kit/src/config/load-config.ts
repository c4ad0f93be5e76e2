import type { z } from 'zod';
import { StructuredLogger } from '../logs/structured-logger.ts';

const STANDARD_ERROR = 2;

/** What is wrong with a setting. Its value is not here: it may be a secret. */
export interface ConfigProblem {
  /** The environment variable. */
  readonly setting: string;
  readonly problem: string;
  /** What the setting is for. */
  readonly description?: string | undefined;
  /** A value that is valid. */
  readonly example?: string | undefined;
}

/** The environment is not a valid configuration. The message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(message: string, problems: readonly ConfigProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

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
  if (env !== undefined) return parse(service, schema, env);
  try {
    return parse(service, schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(service, error);
    return process.exit(1);
  }
}

function parse<Schema extends z.ZodObject>(service: string, schema: Schema, env: Environment): z.output<Schema> {
  // `HTTP_PORT=` in an env file means "not set"; read as a number it would be 0.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse(given);
  if (read.success) return read.data;

  const problems = read.error.issues.map((issue): ConfigProblem => {
    const setting = String(issue.path[0] ?? '(all)');
    const problem = setting in given || issue.path.length === 0 ? issue.message : 'is missing';
    return { setting, problem, ...metaOf(schema, setting) };
  });
  const width = Math.max(...problems.map(({ setting }) => setting.length));
  const lines = problems.map(({ setting, problem, description = '', example }) => {
    const shown = example === undefined ? '' : `  Example: ${setting}=${example}`;
    return `  ${setting.padEnd(width)}  ${problem}.  ${description}${shown}`.trimEnd();
  });
  throw new ConfigError(`${summaryOf(service, problems)}\n${lines.join('\n')}`, problems);
}

function summaryOf(service: string, { length }: readonly ConfigProblem[]): string {
  return `${service} cannot start: ${length} ${length === 1 ? 'problem' : 'problems'} in its configuration`;
}

/** LOG_FORMAT is not validated yet; whatever else it is, JSON is the default. */
function report(service: string, { message, problems }: ConfigError): void {
  if (process.env['LOG_FORMAT'] === 'text') {
    process.stderr.write(`${message}\n`);
    return;
  }
  const logger = new StructuredLogger({ service, level: 'fatal', descriptor: STANDARD_ERROR });
  const settings = problems.map(({ setting, problem }) => `${setting} ${problem}`).join('; ');
  logger.fatal({ problems }, `${summaryOf(service, problems)}: ${settings}`, 'Config');
}

/** The parts of a field's `.meta()` that are shown. */
function metaOf(schema: z.ZodObject, setting: string): Pick<ConfigProblem, 'description' | 'example'> {
  const field = schema.shape[setting] as z.ZodType | undefined;
  const { description, example } = field?.meta() ?? {};
  return { description, example: typeof example === 'string' ? example : undefined };
}
