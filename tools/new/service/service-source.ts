import type { DefinedEvent } from '../event/catalog-files.ts';
import { camel, kebab, pascal, snake } from '../names.ts';

export interface NewService {
  readonly name: string;
  readonly port: number;
  readonly consumes: DefinedEvent;
  readonly publishes: DefinedEvent | undefined;
}

/** Its table: `invoice-service` → `invoice_entry`. */
export function tableOf(service: string): string {
  return `${snake(service.replace(/-service$/, ''))}_entry`;
}

/** The files of src, by their paths in it. */
export function serviceSources({ name, port, consumes, publishes }: NewService): [path: string, text: string][] {
  const module = `${pascal(name)}Module`;
  const table = tableOf(name);
  const event = camel(consumes.name);
  const handler = `KeepEntryWhen${pascal(consumes.name)}`;
  const handlerFile = `entries/keep-entry-when-${kebab(consumes.name)}.ts`;
  // As in the other apps: the number orders migrations, and TypeORM requires 13 digits of it.
  const migration = `Create${pascal(table.replaceAll('_', '-'))}${1_760_000_000_001 + (port - 3000) * 1000}`;
  return [
    [
      'main.ts',
      `import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { ${module} } from './${name}.module.ts';

await runService(${module}, env);
`,
    ],
    [
      'config.ts',
      `import { serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';

export const env = serviceConfig({});

export type Config = ConfigOf<typeof env>;
`,
    ],
    [
      `${name}.module.ts`,
      `${publishes === undefined ? '' : `import { ${camel(publishes.name)} } from '@event-bus/event-catalog';\n`}\
import { serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
import { ${handler} } from './${handlerFile}';
import { ${migration} } from './migrations/0001-create-entries.ts';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class ${module} {
  static readonly service = '${name}';

  static forRoot(config: Config): DynamicModule {
    return serviceModule(${module}, config, {
      ${publishes === undefined ? '' : `publishes: [${camel(publishes.name)}],`}
      migrations: [${migration}],
      controllers: [${handler}],
    });
  }
}
`,
    ],
    [
      'migrations/0001-create-entries.ts',
      `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class ${migration} implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`
      CREATE TABLE ${table} (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id   text NOT NULL,
        key        text NOT NULL,
        payload    jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`DROP TABLE ${table}\`);
  }
}
`,
    ],
    [
      handlerFile,
      `import { ${event} } from '@event-bus/event-catalog';
import type { ${pascal(consumes.name)} } from '@event-bus/event-catalog';
import { OnEvent } from '@event-bus/messaging-client';
import type { TransactionContext } from '@event-bus/messaging-client';
import { Controller } from '@nestjs/common';

@Controller()
export class ${handler} {
  /** The entry and the row of the inbox commit together: a redelivered event adds nothing. */
  @OnEvent(${event})
  async keep(payload: ${pascal(consumes.name)}, { event, key, manager }: TransactionContext): Promise<void> {
    await manager.query('INSERT INTO ${table} (event_id, key, payload) VALUES ($1, $2, $3)', [event.id, key, payload]);
  }
}
`,
    ],
    [
      `${name}.boot.spec.ts`,
      `import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { ${handler} } from './${handlerFile}';
import { ${module} } from './${name}.module.ts';

/** An \`import type\` of an injected class compiles and fails only here. */
it('the module graph of ${name} resolves', async () => {
  const app = await bootForTest(${module}, env);
  expect(app.get(${handler})).toBeInstanceOf(${handler});
});
`,
    ],
    [
      handlerFile.replace(/\.ts$/, '.int.spec.ts'),
      `import { randomUUID } from 'node:crypto';
import { ${event} } from '@event-bus/event-catalog';
import { deliver, startTestBus } from '@event-bus/messaging-client/testing';
import { startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
import { expect, it } from 'vitest';
import { env } from '../config.ts';
import { ${module} } from '../${name}.module.ts';

const entries = async ({ dataSource }: StartedService): Promise<string[]> =>
  (await dataSource.query<{ event_id: string }[]>('SELECT event_id FROM ${table} ORDER BY id')).map(
    ({ event_id: id }) => id,
  );

it('an event that is delivered again adds no second entry', async () => {
  const database = await createTestDatabase();
  const service = await startForTest(${module}, env, { DATABASE_URL: database.url });
  try {
    const eventId = randomUUID();
    await deliver(service.app, ${event}, ${event}.example, { eventId });
    expect(await deliver(service.app, ${event}, ${event}.example, { eventId })).toMatchObject({ repeated: true });
    expect(await entries(service)).toEqual([eventId]);
  } finally {
    await service.stop();
    await database.drop();
  }
});

it('an event that fails is parked and retried, and a later one of its key waits for it', async () => {
  const [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  const settings = { DATABASE_URL: database.url, KAFKA_BROKERS: bus.address };
  const service = await startForTest(${module}, env, settings);
  try {
    await service.dataSource.query('ALTER TABLE ${table} ADD CONSTRAINT broken CHECK (false)');
    const first = await bus.publish(${event}, ${event}.example);
    const second = await bus.publish(${event}, ${event}.example);
    await until('both records to be parked', async () => {
      const [row] = await service.dataSource.query<{ count: string }[]>('SELECT count(*) FROM parked_record');
      return row?.count === '2';
    });
    await service.dataSource.query('ALTER TABLE ${table} DROP CONSTRAINT broken');
    await until('both entries', async () => (await entries(service)).length === 2);
    expect(await entries(service)).toEqual([first, second]);
  } finally {
    await service.stop();
    await bus.close();
    await database.drop();
  }
});
`,
    ],
  ];
}
