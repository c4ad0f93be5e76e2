import { z } from 'zod';
import type { FailedCheck } from '../api.ts';

/** Of `GET /health/ready`, by their names. */
export const checks = z.record(
  z.string(),
  z.object({
    ready: z.boolean(),
    detail: z.string().optional(),
    code: z.string().optional(),
    params: z.record(z.string(), z.string()).optional(),
  }),
);

export type Checks = z.output<typeof checks>;

/** Each reason once: without its database, every check that reads it fails for the same. */
export function failedOf(all: Checks): FailedCheck[] {
  const isDatabaseSaid = all['database']?.ready === false;
  const byReason = new Map<string, FailedCheck>();
  for (const [check, { ready, detail = '', code, params = {} }] of Object.entries(all)) {
    const reason = params['reason'] ?? detail;
    if (ready || byReason.has(reason) || (isDatabaseSaid && code === 'check-without-database')) continue;
    byReason.set(reason, { check, why: code === undefined ? detail : { code, params } });
  }
  return [...byReason.values()];
}
