import { KafkaConsumerStrategy, MessagingModule, messagingMigrations, OnEvent } from '@event-bus/messaging-client';
import type { TransactionContext } from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
import { Controller, Logger, Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { noteWritten } from '../../test/note-written.ts';
import { serviceEnv } from '../config/service-env.ts';
import { Database } from '../database/database.ts';
import { ServiceKitModule } from '../service-kit.module.ts';
import { createService } from './create-service.ts';
import type { ServiceOptions } from './create-service.ts';
import { startService } from './start-service.ts';

@Controller()
class KeepNotes {
  @OnEvent(noteWritten)
  async keep({ text }: { text: string }, { manager }: TransactionContext): Promise<void> {
    await manager.query('INSERT INTO note VALUES ($1)', [text]);
  }
}

let bus: TestBus;
let database: TestDatabase;
let app: NestExpressApplication | undefined;
beforeAll(async () => {
  [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(async () => {
  await bus?.close();
  await database?.drop();
});

function service({ controllers = [], providers = [] }: { controllers?: Type[]; providers?: Type[] }) {
  const kafka = { brokers: [bus.address] };
  const module = moduleWithDatabase({
    url: database.url,
    migrations: messagingMigrations('note-service'),
    tables: ['CREATE TABLE note (text text)'],
    imports: [MessagingModule.forRoot({ service: 'note-service', kafka, publishes: [noteWritten] })],
    controllers,
    providers,
  });
  const config = z.object(serviceEnv).parse({ HTTP_PORT: '0', DATABASE_URL: database.url, LOG_LEVEL: 'silent' });
  return { service: 'note-service', module, config } satisfies ServiceOptions;
}

async function start(options: ReturnType<typeof service>): Promise<NestExpressApplication> {
  app = await startService(options, new Logger());
  await app.get(Database).opened;
  return app;
}

async function checks(started: NestExpressApplication): Promise<Record<string, unknown>> {
  const page = await fetch(`${await started.getUrl()}/health/ready`);
  return ((await page.json()) as { checks: Record<string, unknown> }).checks;
}

it('a service with a handler consumes, without any further setting, and is ready when it does', async () => {
  const started = await start(service({ controllers: [KeepNotes] }));
  await bus.publish(noteWritten, { text: 'tea' });
  const notes = await until('the note to be kept', async () => {
    const rows: unknown[] = await started.get(DataSource).query('SELECT text FROM note');
    return rows.length > 0 && rows;
  });
  expect(notes).toEqual([{ text: 'tea' }]);
  expect(await checks(started)).toMatchObject({ consumer: { ready: true } });
});

it('a service without handlers joins no group, and is ready without one', async () => {
  const started = await start(service({}));
  await until('the service to be ready', async () => (await fetch(`${await started.getUrl()}/health/ready`)).ok);
  expect(await checks(started)).not.toHaveProperty('consumer');
  expect(started.get(KafkaConsumerStrategy).health().state).toBe('stopped');
});

it('a service whose handler is a provider does not start, because Nest would never call it', async () => {
  await expect(createService(service({ providers: [KeepNotes] }))).rejects.toMatchObject({
    code: 'HANDLER_NOT_IN_CONTROLLER',
    message: expect.stringContaining('KeepNotes handles note.written'),
  });
});

it('a service with a handler and without MessagingModule does not start', async () => {
  @Module({ imports: [ServiceKitModule.forRoot({ service: 'note-service' })], controllers: [KeepNotes] })
  class NotesModule {}
  const config = { LOG_LEVEL: 'silent', INSTANCE_ID: undefined } as const;
  await expect(createService({ service: 'note-service', module: NotesModule, config })).rejects.toThrow(
    'KafkaConsumerStrategy',
  );
});

it('a class that is a controller and also injected as a provider is a controller', async () => {
  const options = service({ controllers: [KeepNotes], providers: [KeepNotes] });
  app = await createService(options);
  expect(app.getMicroservices()).toHaveLength(1);
});
