import { Logger } from '@nestjs/common';
import { MIGRATION_OPTIONS } from '../database/database.ts';
import { runMigrations } from '../database/run-migrations.ts';
import { createService } from './create-service.ts';
import type { ServiceOptions } from './create-service.ts';

/**
 * `node dist/main.js migrate`: brings the schema up to date and exits, before the first instance of a new version starts.
 * Services also migrate at start; in a separate step a failure stops the roll-out once, not each instance.
 */
export async function migrateService(options: ServiceOptions): Promise<void> {
  // Not initialized: it does not listen, consume or relay.
  const app = await createService(options);
  const startedAt = performance.now();
  const migrations = await runMigrations(app.get(MIGRATION_OPTIONS), options.service);
  const durationMs = Math.round(performance.now() - startedAt);
  new Logger(options.service).log({ migrations: migrations.map(({ name }) => name), durationMs }, 'schema up to date');
}
