import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { KafkaSettings } from './kafka/kafka-settings.ts';
import { KAFKA_DRIVERS } from './kafka/kafka-settings.ts';

const address = z.string().regex(/^[^\s:,]+:\d{1,5}$/, 'must be host:port');

/** The value of the setting that means: the authorities that Node knows. */
const KNOWN_AUTHORITIES = 'system';

/**
 * Whose certificates to trust: a PEM file, or those that Node knows. The file is read at once, so that a wrong path is
 * found at the start and not at the first connection.
 */
export const trustedAuthorities = z.string().transform((path, refinement): { ca?: string } => {
  if (path === KNOWN_AUTHORITIES) return {};
  try {
    const pem = readFileSync(path, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return { ca: pem };
    refinement.addIssue({ code: 'custom', message: 'must name a PEM file with certificates' });
  } catch (error) {
    refinement.addIssue({ code: 'custom', message: `cannot be read (${(error as NodeJS.ErrnoException).code})` });
  }
  return z.NEVER;
});

/** Environment variables of the client, to be spread into a service's own schema. */
export const messagingEnv = {
  KAFKA_BROKERS: z
    .string()
    .transform((list) => list.split(',').map((entry) => entry.trim()))
    .pipe(z.array(address).min(1))
    .meta({ description: 'Addresses of the log broker, host:port, comma separated.', example: '127.0.0.1:9092' }),
  KAFKA_REPLICATION_FACTOR: z.coerce
    .number()
    .int()
    .min(-1)
    .max(5)
    .refine((copies) => copies !== 0, 'must not be 0')
    .default(-1)
    .meta({ description: 'Copies of each topic that is created; -1 leaves it to the broker.', example: '-1' }),
  KAFKA_DRIVER: z.enum(KAFKA_DRIVERS).default('kafkajs').meta({
    description: 'The library that speaks with the broker: kafkajs, or platformatic for @platformatic/kafka.',
    example: 'kafkajs',
  }),
  RELAY_ENABLED: z.stringbool().default(true).meta({
    description: 'Whether this instance publishes what waits in the outbox. At least one instance of a service has to.',
    example: 'true',
  }),
  KAFKA_SSL_CA: trustedAuthorities.optional().meta({
    description: `PEM file with the authority that the brokers' certificates come from, or "${KNOWN_AUTHORITIES}" for those that Node knows. Connections are then by TLS.`,
    example: '/run/secrets/ca.crt',
  }),
  KAFKA_SASL_USERNAME: z.string().optional().meta({
    description: 'Logs in to the brokers by SCRAM-SHA-512. Together with KAFKA_SASL_PASSWORD.',
    example: 'me',
  }),
  KAFKA_SASL_PASSWORD: z
    .string()
    .optional()
    .meta({ description: 'The password to KAFKA_SASL_USERNAME; best in a file that is secret.', example: 'secret' }),
};

type MessagingEnv = z.output<z.ZodObject<typeof messagingEnv>>;

/** To be added to a service's schema by `.check()`: half a login is a mistake that would show at the broker only. */
export function kafkaLoginIsComplete({ value, issues }: z.core.ParsePayload<MessagingEnv>): void {
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = value;
  if ((username === undefined) === (password === undefined)) return;
  const path = [username === undefined ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD'];
  issues.push({ code: 'custom', path, input: value, message: 'is missing' });
}

/** The environment's settings of the brokers, as the module takes them. */
export function kafkaSettings(env: MessagingEnv): KafkaSettings & { replicationFactor: number } {
  const { KAFKA_SSL_CA: tls, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = env;
  return {
    driver: env.KAFKA_DRIVER,
    brokers: env.KAFKA_BROKERS,
    replicationFactor: env.KAFKA_REPLICATION_FACTOR,
    ...(tls !== undefined && { tls }),
    ...(username !== undefined &&
      password !== undefined && { sasl: { mechanism: 'scram-sha-512', username, password } }),
  };
}
