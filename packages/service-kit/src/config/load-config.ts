import type { z } from 'zod';

/** The environment does not make a configuration. The message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a service's configuration from the environment, once, by its schema.
 *
 * Without `env` it reads `process.env` on behalf of a `main.ts`: problems are printed, all at once, and the process
 * exits with 1. With `env` given it throws.
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

/** What `.meta()` of a field may hold, as far as it is shown. */
interface Described {
  readonly description?: string;
  readonly example?: unknown;
}

function metaOf(schema: z.ZodObject, variable: string): Described | undefined {
  const field = schema.shape[variable] as z.ZodType | undefined;
  return field?.meta();
}
