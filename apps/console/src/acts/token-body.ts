import { z } from 'zod';

/** The second step of an act. */
export const tokenBody = z.strictObject({
  dryRun: z.literal(false),
  token: z.string().max(200),
  by: z.string().trim().min(1, 'must name who does it').max(200),
});
