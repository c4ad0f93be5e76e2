import type { z } from 'zod';
import { ConsoleProblem } from './problem.ts';

/** @throws ConsoleProblem 400 that names every wrong field */
export function read<Schema extends z.ZodType>(schema: Schema, given: unknown, next: string): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  const answer = `${problems.join('; ')}.`;
  const fields = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.join('.'),
  );
  throw new ConsoleProblem(400, answer, next, {
    code: 'request-wrong',
    params: { answer },
    refusal: { code: 'invalid-request', params: { fields: fields.join(', ') } },
  });
}
