import type { z } from 'zod';

/**
 * Valid settings for a service that is only put together, or that gets its own database: what is required has the example of
 * its description, except that no broker is there, and no database.
 * @throws Error when a required setting has no example
 */
export function exampleSettings(env: z.ZodObject): Record<string, string> {
  const required = Object.entries(env.shape).filter(([, field]) => !(field as z.ZodType).safeParse(undefined).success);
  const examples = required.map(([name, field]): [string, string] => {
    const { example } = (field as z.ZodType).meta() ?? {};
    if (typeof example !== 'string') throw new Error(`${name} has no example`);
    return [name, example];
  });
  return {
    ...Object.fromEntries(examples),
    HTTP_PORT: '0',
    DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none',
    KAFKA_BROKERS: '127.0.0.1:1',
    LOG_LEVEL: 'silent',
  };
}
