import { z } from 'zod';
import { SETTINGS_OF_ALL } from './other-parts.ts';

/** From 10 on the ports of instances would meet those of the service ten further. */
const INSTANCES_MAX = 9;

const line = z
  .string()
  .min(1, 'is empty. Write a short text')
  .regex(
    /^[^\p{Cc}|]*$/u,
    'has a line break, another control character or |. It is a cell of a table: write one line without them',
  );

const setting = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Z][A-Z0-9_]*$/,
      'is not the name of an environment variable. Use capitals, digits and _, as in RECEIPT_FROM',
    )
    .refine((name) => !SETTINGS_OF_ALL.has(name), 'is set for every service already. Remove it'),
  value: z
    .string()
    // It is written into YAML and into a shell script, in single quotes.
    .regex(/^[^\p{Cc}'$\\]*$/u, "has a line break, another control character, ', $ or \\. Use a value without them"),
  secret: z.boolean().optional(),
});

export const manifest = z.strictObject({
  $schema: z.string().optional(),
  /** For the tables of the READMEs. */
  description: z.strictObject({ en: line, ko: line }),
  /** On the loopback address, of `npm start` and of compose. */
  port: z
    .number('is not a number. Give a free port from 1024 to 65535')
    .int('is not a whole number. Give a free port from 1024 to 65535')
    .min(1_024, 'is below 1024, which needs special rights. Give a free port from 1024 to 65535')
    .max(65_535, 'is above 65535. Give a free port from 1024 to 65535'),
  /** The environment variables that only this service has. */
  settings: z.array(setting),
  /** Whether `npm start` starts it only when it is named: `npm start -- --with <name>`. Containers always have it. */
  startsOnDemand: z.boolean().optional(),
  /** How many instances there may be: with the profile `scale` of compose, and by the autoscaler of Kubernetes. */
  scale: z
    .strictObject({
      compose: z
        .number()
        .int()
        .min(2, 'is below 2. Leave scale out')
        .max(INSTANCES_MAX, `is above ${INSTANCES_MAX}. Give fewer instances`),
      kubernetes: z.number().int().min(2, 'is below 2. Leave scale out'),
    })
    .optional(),
});

/** The content of `apps/<name>/service.json`. What is published and consumed is not in it: the module has that. */
export type Manifest = z.output<typeof manifest>;
