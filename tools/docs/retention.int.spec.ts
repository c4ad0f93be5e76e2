import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase } from '@event-bus/test-kit';
import pg from 'pg';
import { expect, it } from 'vitest';
import { migrateService } from '../../packages/service-kit/src/lifecycle/migrate-service.ts';
import { exampleConfig, loadService } from '../services/load-service.ts';
import { readManifests } from '../services/read-manifests.ts';

const documentation = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'retention.md'), 'utf8');

/** Those in the first column. */
const documented = new Set(
  documentation
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, table]) => table!)),
);

it('docs/retention.md lists every table of every service, with how long its rows are kept, and no other', async () => {
  const tables = new Set<string>();
  for (const { name } of readManifests()) {
    const database = await createTestDatabase();
    const { module, env } = await loadService(name);
    const config = exampleConfig(env, { DATABASE_URL: database.url });
    await migrateService({ service: name, module: module.forRoot(config), config });
    for (const table of await tablesOf(database.url)) tables.add(table);
    await database.drop();
  }
  expect([...documented].sort()).toEqual([...tables].sort());
});

async function tablesOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ table_name: string }>(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  await client.end();
  return rows.map(({ table_name: table }) => table);
}
