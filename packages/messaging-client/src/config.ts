import { z } from 'zod';

const address = z.string().regex(/^[^\s:,]+:\d{1,5}$/, 'must be host:port');

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
};
