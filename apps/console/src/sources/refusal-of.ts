import { z } from 'zod';
import type { Refusal } from '../api.ts';

const params = z.record(z.string(), z.string());

/** As service-kit answers a request whose fields are wrong. */
const fieldProblems = z.array(z.object({ path: z.string(), message: z.string() }));

/** What is wrong with each field of a request. */
export function fieldProblemsOf(body: unknown): z.output<typeof fieldProblems> {
  return fieldProblems.safeParse(memberOf(body, 'problems')).data ?? [];
}

/** Which sentence a problem of a service is: its `code`, or its `type` where that says it. */
export function refusalOf(body: unknown): { readonly refusal?: Refusal } {
  const [code, type] = [memberOf(body, 'code'), memberOf(body, 'type')];
  if (typeof code === 'string')
    return { refusal: { code, params: params.safeParse(memberOf(body, 'params')).data ?? {} } };
  if (typeof type !== 'string' || !type.startsWith('/problems/')) return {};
  const fields = fieldProblemsOf(body).map(({ path }) => path);
  return { refusal: { code: type.slice('/problems/'.length), params: { fields: fields.join(', ') } } };
}

function memberOf(body: unknown, name: string): unknown {
  return (body as Readonly<Record<string, unknown>> | null)?.[name];
}
