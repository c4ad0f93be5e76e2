import { kafkaLoginIsComplete, messagingEnv } from '@event-bus/messaging-client';
import { z } from 'zod';
import { serviceEnv } from './service-env.ts';

type CommonSettings = typeof serviceEnv & typeof messagingEnv;

/** The configuration that a schema of settings describes: `type Config = ConfigOf<typeof env>`. */
export type ConfigOf<Env extends z.ZodType> = z.output<Env>;

/** What every service's configuration has, whatever settings of its own come with it. */
export type CommonConfig = z.output<z.ZodObject<CommonSettings>>;

/**
 * The environment variables of a service: those that every service has, for HTTP, logs, its database and the broker, and its
 * own. Each of its own has a description and an example: `z.url().meta({ description, example })`.
 */
export function serviceConfig(): z.ZodObject<CommonSettings>;
export function serviceConfig<Own extends z.ZodRawShape>(own: Own): z.ZodObject<CommonSettings & Own>;
export function serviceConfig(own: z.ZodRawShape = {}): z.ZodObject {
  return z.object({ ...serviceEnv, ...messagingEnv, ...own }).check(kafkaLoginIsComplete);
}
