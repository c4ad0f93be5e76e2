import type { z } from 'zod';

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

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and validates the configuration of a program. It imports nothing but types: also for programs that are not services.
 * @throws ConfigError
 */
export function readConfig<Schema extends z.ZodObject>(
  program: string,
  schema: Schema,
  env: Environment,
): z.output<Schema> {
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
  throw new ConfigError(`${configSummary(program, problems)}\n${lines.join('\n')}`, problems);
}

/** The first line of a ConfigError: the program, and how many problems there are. */
export function configSummary(program: string, { length }: readonly ConfigProblem[]): string {
  return `${program} cannot start: ${length} ${length === 1 ? 'problem' : 'problems'} in its configuration`;
}

/** The parts of a field's `.meta()` that are shown. */
function metaOf(schema: z.ZodObject, setting: string): Pick<ConfigProblem, 'description' | 'example'> {
  const field = schema.shape[setting] as z.ZodType | undefined;
  const { description, example } = field?.meta() ?? {};
  return { description, example: typeof example === 'string' ? example : undefined };
}
