import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { loadConfig } from '../config/load-config.ts';
import type { CommonConfig } from '../config/service-config.ts';
import { Database } from '../database/database.ts';
import { createService } from '../lifecycle/create-service.ts';
import type { ServiceClass } from '../service-module.ts';
import { exampleSettings } from './example-settings.ts';
import { serveForTest } from './serve-for-test.ts';
import type { ServiceUnderTest } from './serve-for-test.ts';

type Env<Config> = z.ZodObject & z.ZodType<Config>;

/**
 * The application of a service with its example settings, put together and not started: it needs nothing. Nest's dependencies
 * are resolved, and a handler that no controller has is an error.
 * @throws MessagingError HANDLER_NOT_IN_CONTROLLER; Nest's error when something that is injected is missing
 */
export async function bootForTest<Config extends CommonConfig>(
  module: ServiceClass<Config>,
  env: Env<Config>,
): Promise<NestExpressApplication> {
  const { service } = module;
  const config = loadConfig(service, env, exampleSettings(env));
  return createService({ service, module: module.forRoot(config), config });
}

/** A service that was started with a database, and is stopped by `stop()`. */
export interface StartedService extends ServiceUnderTest {
  readonly dataSource: DataSource;
  /** Closes the application and its connections. The database stays. */
  stop(): Promise<void>;
}

/**
 * A service with its real database, over real HTTP on a free port.
 *
 * Settings that are not given have the value of their example. Without KAFKA_BROKERS there is no broker: what the service
 * publishes stays in its outbox, and `deliver()` gives it events. With it, as of a `startTestBus()`, it consumes.
 */
export async function startForTest<Config extends CommonConfig>(
  module: ServiceClass<Config>,
  env: Env<Config>,
  settings: Readonly<Record<string, string>> & { readonly DATABASE_URL: string },
): Promise<StartedService> {
  const config = loadConfig(module.service, env, { ...exampleSettings(env), ...settings });
  const service = await serveForTest({ module: module.forRoot(config) });
  const dataSource = await databaseOpened(service);
  if (settings['KAFKA_BROKERS'] !== undefined) await service.app.startAllMicroservices();
  return { ...service, dataSource, stop: () => service.app.close() };
}

/** The service's database, as soon as its schema is up to date and the pool is open. */
export async function databaseOpened({ app }: Pick<ServiceUnderTest, 'app'>): Promise<DataSource> {
  await app.get(Database).opened;
  return app.get(DataSource);
}
