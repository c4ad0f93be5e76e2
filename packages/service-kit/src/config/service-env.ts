import { existsSync } from 'node:fs';
import { z } from 'zod';
import { SHUTDOWN_TIMEOUT_MS_DEFAULT } from '../limits.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The driver reads the file of the certificate authority at each connection; a missing one is found here, at start. */
const databaseUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL', abort: true })
  .superRefine((url, refinement) => {
    const file = new URL(url).searchParams.get('sslrootcert');
    if (file === null || existsSync(file)) return;
    refinement.addIssue({
      code: 'custom',
      message: `names a certificate file that does not exist (sslrootcert=${file})`,
    });
  });

/** Environment variables of every service, to be spread into its own schema. */
export const serviceEnv = {
  HTTP_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on; 0.0.0.0 in a container.', example: '127.0.0.1' }),
  HTTP_PORT: z.coerce
    .number({ error: 'must be a port, 0 to 65535' })
    .int('must be a port, 0 to 65535')
    .min(0)
    .max(65_535)
    .meta({ description: 'Port to listen on; 0 picks a free one.', example: '3001' }),
  DATABASE_URL: databaseUrl.meta({
    description: "This service's own PostgreSQL database. For TLS append ?sslmode=verify-full&sslrootcert=FILE.",
    example: 'postgres://postgres:postgres@127.0.0.1:5432/member_service',
  }),
  LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .meta({ description: `Lowest level that is logged: ${logLevels.join(', ')}.`, example: 'info' }),
  LOG_FORMAT: z.enum(['json', 'text']).default('json').meta({
    description: 'json: one object a line, for machines. text: for people.',
    example: 'json',
  }),
  LOG_PERSONAL_DATA: z.stringbool().default(false).meta({
    description:
      'Whether log lines may contain e-mail addresses, names, contents of mails and values of rows; masked if not.',
    example: 'false',
  }),
  SHUTDOWN_TIMEOUT_MS: z.coerce
    .number({ error: 'must be a number of milliseconds' })
    .int()
    .min(100)
    .default(SHUTDOWN_TIMEOUT_MS_DEFAULT)
    .meta({
      description: 'Milliseconds that a shutdown may take to finish work in flight.',
      example: String(SHUTDOWN_TIMEOUT_MS_DEFAULT),
    }),
  ADMIN_LISTEN: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port')
    .refine((listen) => Number(listen.slice(listen.lastIndexOf(':') + 1)) <= 65_535, 'must have a port, 0 to 65535')
    .optional()
    .meta({
      description: 'Where the admin endpoints listen; off unless given. Beyond loopback ADMIN_TOKEN is required.',
      example: '127.0.0.1:4001',
    }),
  ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional().meta({
    description: 'Bearer token that the admin endpoints require.',
    example: '8f14e45fceea167a5a36dedd4bea2543',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .meta({
      description: 'Where spans are sent by OTLP over HTTP; none are recorded unless given.',
      example: 'http://127.0.0.1:4318',
    }),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .default('parentbased_always_on')
    .meta({ description: `Which traces are recorded: ${samplers.join(', ')}.`, example: 'parentbased_always_on' }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number, 0 to 1' })
    .min(0)
    .max(1)
    .default(1)
    .meta({ description: 'Share of traces that are recorded, with a sampler by ratio.', example: '0.1' }),
  INSTANCE_ID: z
    .string()
    .optional()
    .meta({ description: 'Name of this instance in its log lines, where several run.', example: '2' }),
};

/** The part of a service's configuration that `runService` reads. */
export type ServiceConfig = z.output<z.ZodObject<typeof serviceEnv>>;
