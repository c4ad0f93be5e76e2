import type { z } from 'zod';

/** The environment is not a valid configuration. The message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads and validates a service's configuration from the environment.
 *
 * Without `env` it reads `process.env`, for a `main.ts`: it prints all problems at once and exits with 1. With `env` it
 * throws.
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
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

function parse<Schema extends z.ZodObject>(service: string, schema: Schema, env: Environment): z.output<Schema> {
  // `HTTP_PORT=` in an env file means "not set"; read as a number it would be 0.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse(given);
  if (read.success) return read.data;

  const problems = read.error.issues.map((issue) => {
    const variable = String(issue.path[0] ?? '(all)');
    // The value itself is not shown: it may hold a password.
    const problem = variable in given || issue.path.length === 0 ? issue.message : 'is missing';
    return { variable, problem, meta: metaOf(schema, variable) };
  });
  const width = Math.max(...problems.map(({ variable }) => variable.length));
  const lines = problems.map(({ variable, problem, meta }) => {
    const example = typeof meta?.example === 'string' ? `  Example: ${variable}=${meta.example}` : '';
    return `  ${variable.padEnd(width)}  ${problem}.  ${meta?.description ?? ''}${example}`.trimEnd();
  });
  throw new ConfigError(
    `${service} cannot start: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in its configuration\n${lines.join('\n')}`,
  );
}

/** The parts of a field's `.meta()` that are shown. */
interface Described {
  readonly description?: string;
  readonly example?: unknown;
}

function metaOf(schema: z.ZodObject, variable: string): Described | undefined {
  const field = schema.shape[variable] as z.ZodType | undefined;
  return field?.meta();
}
