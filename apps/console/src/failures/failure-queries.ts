import { z } from 'zod';
import { tokenBody } from '../acts/token-body.ts';

const text = z.string().max(2_000).optional();

/** As of `GET /admin/dead-letters`; what a condition means, the service decides. */
const conditions = {
  group: text,
  reason: text,
  event: text,
  eventId: text,
  topic: text,
  key: text,
  error: text,
  from: text,
  before: text,
};

export const lettersQuery = z.strictObject({ ...conditions, service: text, after: z.string().max(20_000).optional() });
export const parkedQuery = z.strictObject({ eventId: text, topic: text, key: text, service: text });
export const auditQuery = z.strictObject({ service: text });

export const actBody = z.discriminatedUnion('dryRun', [
  z.strictObject({
    dryRun: z.literal(true),
    service: z.string().max(200),
    ids: z.array(z.string().max(100)).min(1).max(500).optional(),
    filter: z.strictObject(conditions).optional(),
    force: z.boolean().optional(),
    edit: z.string().optional(),
  }),
  tokenBody,
]);

export type DryRun = Omit<Extract<z.output<typeof actBody>, { dryRun: true }>, 'dryRun'>;
