import { z } from 'zod';

/** A sentence in both languages of the page. */
const text = z.object({ en: z.string(), ko: z.string() });

/** One sentence on one system. Without a verdict it did not run. */
const cell = z.object({
  system: z.string(),
  how: text.nullable(),
  verdict: z.enum(['holds', 'holds if', 'does not hold']).nullable(),
  /** The condition, what is wrong, or why it did not run. */
  why: text.nullable(),
  figure: text.nullable(),
  version: z.string().nullable(),
  /** Date, seed and machine. */
  run: z.string().nullable(),
});

/** What `npm run lab` writes. */
export const labResults = z.object({
  systems: z.array(z.object({ name: z.string(), title: z.string() })),
  sentences: z.array(
    z.object({
      id: z.string(),
      claim: text,
      tooSimple: text,
      method: text,
      sabotage: text,
      /** In the order of `systems`. */
      cells: z.array(cell),
    }),
  ),
});
