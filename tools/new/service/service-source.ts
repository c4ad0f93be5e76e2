import { camel, pascal, snake } from '../names.ts';
import { handlerOf, handlerSource, MAILER, mailerSource } from './handler-source.ts';
import { handlerSpec } from './handler-spec.ts';
import type { NewService } from './new-service-options.ts';

/** Its table: `invoice-service` → `invoice_entry`. */
export function tableOf(service: string): string {
  return `${snake(service.replace(/-service$/, ''))}_entry`;
}

/** The files of src, by their paths in it. */
export function serviceSources(service: NewService): [path: string, text: string][] {
  const { name, effect } = service;
  const handler = handlerOf(service);
  return [
    ['main.ts', main(service)],
    ['config.ts', effect === 'outside' ? configOfMailer() : config()],
    [`${name}.module.ts`, moduleSource(service)],
    ['migrations/0001-create-entries.ts', migration(service)],
    [handler.file, handlerSource(service, tableOf(name))],
    ...(effect === 'outside' ? [[MAILER.file, mailerSource()] as [string, string]] : []),
    [`${name}.boot.spec.ts`, bootSpec(service)],
    [handler.file.replace(/\.ts$/, '.int.spec.ts'), handlerSpec(service, tableOf(name))],
  ];
}

function moduleOf(name: string): string {
  return `${pascal(name)}Module`;
}

/** As in the other apps: the number orders migrations, and TypeORM requires 13 digits of it. */
function migrationOf({ name, port }: NewService): string {
  return `Create${pascal(tableOf(name).replaceAll('_', '-'))}${1_760_000_000_001 + (port - 3000) * 1000}`;
}

function main({ name }: NewService): string {
  return `import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { ${moduleOf(name)} } from './${name}.module.ts';

await runService(${moduleOf(name)}, env);
`;
}

function config(): string {
  return `import { serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';

export const env = serviceConfig({});

export type Config = ConfigOf<typeof env>;
`;
}

function configOfMailer(): string {
  return `import { trustedAuthorities } from '@event-bus/messaging-client';
import { emailAddress, serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';
import { z } from 'zod';

export const env = serviceConfig({
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' }).meta({
    description: 'The mail server: smtp[s]://[user:password@]host[:port].',
    example: 'smtp://127.0.0.1:1025',
  }),
  SMTP_SSL_CA: trustedAuthorities.optional().meta({
    description: 'PEM file with the certificate authority of the mail server, or "system". Mails are then sent over TLS only.',
    example: '/run/secrets/ca.crt',
  }),
  MAIL_FROM: emailAddress.meta({ description: 'Sender of the mails.', example: 'no-reply@example.com' }),
  MAIL_TO: emailAddress.meta({ description: 'Recipient of the mails.', example: 'operators@example.com' }),
});

export type Config = ConfigOf<typeof env>;
`;
}

function moduleSource(service: NewService): string {
  const { name, publishes, effect } = service;
  const handler = handlerOf(service);
  const migration = migrationOf(service);
  const sendsMail = effect === 'outside';
  return `${publishes === undefined ? '' : `import { ${camel(publishes.name)} } from '@event-bus/event-catalog';\n`}\
import { serviceModule } from '@event-bus/service-kit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Config } from './config.ts';
${sendsMail ? `import { Mailer } from './${MAILER.file}';\n` : ''}\
import { ${handler.class} } from './${handler.file}';
import { ${migration} } from './migrations/0001-create-entries.ts';

/** The service on one screen: its tables, its events, its use cases. */
@Module({})
export class ${moduleOf(name)} {
  static readonly service = '${name}';

  static forRoot(config: Config): DynamicModule {
    return serviceModule(${moduleOf(name)}, config, {
      ${publishes === undefined ? '' : `publishes: [${camel(publishes.name)}],`}
      migrations: [${migration}],
      controllers: [${handler.class}],
      ${sendsMail ? 'providers: [{ provide: Mailer, useValue: new Mailer(config) }],' : ''}
    });
  }
}
`;
}

function migration(service: NewService): string {
  const { name, effect } = service;
  const table = tableOf(name);
  const unique = effect === 'database' ? '' : ' UNIQUE';
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number orders migrations, those of messaging-client first; TypeORM requires 13 digits of it in the name. */
export class ${migrationOf(service)} implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`
      CREATE TABLE ${table} (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id   text NOT NULL${unique},
        key        text NOT NULL,
        payload    jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`DROP TABLE ${table}\`);
  }
}
`;
}

function bootSpec(service: NewService): string {
  const { name } = service;
  const handler = handlerOf(service);
  return `import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { ${handler.class} } from './${handler.file}';
import { ${moduleOf(name)} } from './${name}.module.ts';

/** An \`import type\` of an injected class compiles and fails only here. */
it('the module graph of ${name} resolves', async () => {
  const app = await bootForTest(${moduleOf(name)}, env);
  expect(app.get(${handler.class})).toBeInstanceOf(${handler.class});
});
`;
}
