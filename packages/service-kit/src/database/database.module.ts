import { Global, Logger, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions, EntitySchema, MixedList } from 'typeorm';
import { IdempotencyKeysCleanup } from '../idempotency/idempotency-keys-cleanup.ts';
import { CreateIdempotencyKey1760000000801 } from '../idempotency/idempotency-key-table.ts';
import { IdempotentPost } from '../idempotency/idempotent-post.interceptor.ts';
import {
  DATABASE_ANSWER_TIMEOUT_MS,
  DATABASE_CONNECTIONS_MAX,
  DATABASE_CONNECT_TIMEOUT_MS,
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
  DATABASE_STATEMENT_TIMEOUT_MS,
} from '../limits.ts';
import { Database, MIGRATION_OPTIONS } from './database.ts';
import { ignorePoolClientErrors } from './ignore-pool-client-errors.ts';

export interface DatabaseOptions {
  /** postgres:// URL of the service's own database. */
  readonly url: string;
  // oxlint-disable-next-line typescript/no-unsafe-function-type -- TypeORM's type of a class
  readonly entities: MixedList<Function | EntitySchema>;
  // oxlint-disable-next-line typescript/no-unsafe-function-type
  readonly migrations: ReadonlyArray<Function>;
}

@Global()
@Module({})
class DatabaseModule {}

/**
 * The service's PostgreSQL: TypeORM's `DataSource` for injection, migrations at start, a readiness check, a time-out on
 * everything that can wait, and idempotency keys on every POST. Needs `ServiceKitModule`.
 */
export function databaseModule({ url, entities, migrations }: DatabaseOptions): DynamicModule {
  const connection = {
    type: 'postgres',
    url,
    connectTimeoutMS: DATABASE_CONNECT_TIMEOUT_MS,
    // Only migrations create tables and extensions.
    synchronize: false,
    installExtensions: false,
    // The caller gets the error; TypeORM's own logger would also write it to the console.
    logging: false,
    poolErrorHandler: (error: unknown) => logger.warn({ err: error }, 'idle database connection lost'),
  } as const;
  const logger = new Logger('Database');
  const migrationOptions: DataSourceOptions = {
    ...connection,
    migrations: [CreateIdempotencyKey1760000000801, ...migrations],
    poolSize: 1,
    extra: { onConnect: ignorePoolClientErrors },
  };
  return {
    module: DatabaseModule,
    imports: [
      TypeOrmModule.forRoot({
        ...connection,
        entities,
        poolSize: DATABASE_CONNECTIONS_MAX,
        extra: {
          statement_timeout: DATABASE_STATEMENT_TIMEOUT_MS,
          query_timeout: DATABASE_ANSWER_TIMEOUT_MS,
          idle_in_transaction_session_timeout: DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
          keepAlive: true,
          // Statements of one transaction that are sent at the same time do not wait for each other's answer.
          pipeline: true,
          onConnect: ignorePoolClientErrors,
        },
        manualInitialization: true,
      }),
    ],
    providers: [
      { provide: MIGRATION_OPTIONS, useValue: migrationOptions },
      Database,
      { provide: APP_INTERCEPTOR, useClass: IdempotentPost },
      IdempotencyKeysCleanup,
    ],
    exports: [Database],
  };
}
