import { z } from 'zod';
import { tokenBody } from '../acts/token-body.ts';

const text = z.string().max(2_000).optional();

/** As of `GET /admin/outbox/rejected`. */
const conditions = { event: text, topic: text, key: text };

export const pageQuery = z.strictObject({ after: text });
export const rejectedQuery = z.strictObject({ ...conditions, eventId: text, service: text, after: text });

export const rowActBody = z.discriminatedUnion('dryRun', [
  z.strictObject({
    dryRun: z.literal(true),
    service: z.string().max(200),
    ids: z.array(z.string().max(100)).min(1).max(500).optional(),
    filter: z.strictObject(conditions).optional(),
  }),
  tokenBody,
]);

export type RowDryRun = Omit<Extract<z.output<typeof rowActBody>, { dryRun: true }>, 'dryRun'>;
