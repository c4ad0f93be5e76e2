import { kafkaSettings, MessagingModule, messagingMigrations } from '@event-bus/messaging-client';
import type { EventDefinition } from '@event-bus/messaging-client';
import type { DynamicModule, ModuleMetadata, Type } from '@nestjs/common';
import type { CommonConfig } from './config/service-config.ts';
import { databaseModule } from './database/database.module.ts';
import type { DatabaseOptions } from './database/database.module.ts';
import { DeadLettersController } from './dead-letters/dead-letters.controller.ts';
import { ServiceKitModule } from './service-kit.module.ts';

/** The class of a service's module: the name of the service, and how it is made from its configuration. */
export interface ServiceClass<Config> extends Type {
  /** Source of its events and name of its consumer group: it never changes. */
  readonly service: string;
  /** The module of the service with its configuration. */
  // A property, so that a configuration without the service's own settings is refused by the compiler.
  readonly forRoot: (config: Config) => DynamicModule;
}

/** What only this service has. */
export interface ServiceParts extends Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'> {
  /** What it may append to its outbox; nothing unless given. */
  readonly publishes?: readonly EventDefinition[];
  readonly entities?: DatabaseOptions['entities'];
  /** Of its own tables; those of messaging come first. */
  readonly migrations?: DatabaseOptions['migrations'];
}

/**
 * The module of a service: what it has of its own, beside what every service has. That is health, metrics, documents, admin
 * endpoints, its database, the outbox, its dead letters and, with a handler among its controllers, the consumer.
 * @throws MessagingError DEFINITION_INVALID
 */
export function serviceModule(
  module: Pick<ServiceClass<never>, 'service'> & Type,
  config: CommonConfig,
  { publishes = [], entities = [], migrations = [], imports = [], controllers = [], providers = [] }: ServiceParts,
): DynamicModule {
  const { service } = module;
  return {
    module,
    imports: [
      ServiceKitModule.forRoot({ service }),
      databaseModule({
        url: config.DATABASE_URL,
        entities,
        migrations: [...messagingMigrations(service), ...migrations],
      }),
      MessagingModule.forRoot({
        service,
        kafka: kafkaSettings(config),
        publishes,
        relay: { enabled: config.RELAY_ENABLED },
      }),
      ...imports,
    ],
    controllers: [...controllers, DeadLettersController],
    providers,
  };
}
