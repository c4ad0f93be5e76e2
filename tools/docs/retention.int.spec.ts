import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase } from '@event-bus/test-kit';
import pg from 'pg';
import { expect, it } from 'vitest';
import { env as mailServiceEnv } from '../../apps/mail-service/src/config.ts';
import { MailServiceModule } from '../../apps/mail-service/src/mail-service.module.ts';
import { env as memberServiceEnv } from '../../apps/member-service/src/config.ts';
import { MemberServiceModule } from '../../apps/member-service/src/member-service.module.ts';
import { env as orderServiceEnv } from '../../apps/order-service/src/config.ts';
import { OrderServiceModule } from '../../apps/order-service/src/order-service.module.ts';
import { migrateService } from '../../packages/service-kit/src/lifecycle/migrate-service.ts';

const documentation = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'retention.md'), 'utf8');

/** Those in the first column. */
const documented = new Set(
  documentation
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, table]) => table!)),
);

const environment = (url: string): Record<string, string> => ({
  HTTP_PORT: '0',
  DATABASE_URL: url,
  KAFKA_BROKERS: '127.0.0.1:1',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'no-reply@example.com',
  RECEIPT_FROM: 'orders@example.com',
  LOG_LEVEL: 'silent',
});

it('docs/retention.md lists every table of every service, with how long its rows are kept, and no other', async () => {
  const tables = new Set<string>();
  for (const [service, config, Service] of [
    ['mail-service', mailServiceEnv, MailServiceModule],
    ['member-service', memberServiceEnv, MemberServiceModule],
    ['order-service', orderServiceEnv, OrderServiceModule],
  ] as const) {
    const database = await createTestDatabase();
    const settings = config.parse(environment(database.url));
    // Each has the module's own type of settings, which the list above does not keep together.
    await migrateService({ service, module: Service.forRoot(settings as never), config: settings });
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
