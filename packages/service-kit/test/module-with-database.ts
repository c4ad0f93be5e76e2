import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { DatabaseOptions } from '../src/database/database.module.ts';
import { databaseModule } from '../src/database/database.module.ts';
import { ServiceKitModule } from '../src/service-kit.module.ts';

export interface ModuleWithDatabase {
  /** postgres:// URL */
  readonly url: string;
  readonly service?: string | undefined;
  /** Before its own. */
  readonly migrations?: DatabaseOptions['migrations'];
  /** Statements of the service's one migration. */
  readonly tables?: readonly string[];
  readonly imports?: DynamicModule[];
  readonly controllers?: Type[];
  readonly providers?: Type[];
}

/** The smallest service with a database: what each spec of the kit adds to it is a table and a controller. */
export function moduleWithDatabase({
  url,
  service = 'note-service',
  migrations = [],
  tables = [],
  imports = [],
  ...parts
}: ModuleWithDatabase): DynamicModule {
  class CreateTables1760000001001 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of tables) await runner.query(statement);
    }
    async down(): Promise<void> {
      throw new Error('no spec goes back');
    }
  }

  @Module({})
  class ServiceModule {}
  return {
    module: ServiceModule,
    imports: [
      ServiceKitModule.forRoot({ service }),
      databaseModule({ url, entities: [], migrations: [...migrations, CreateTables1760000001001] }),
      ...imports,
    ],
    ...parts,
  };
}
