import { MessagingModule, messagingMigrations, OnEvent } from '@event-bus/messaging-client';
import { deliver } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Controller, Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { noteWritten } from '../../test/note-written.ts';
import { Database } from '../database/database.ts';
import { createService } from '../lifecycle/create-service.ts';
import { StructuredLogger } from './structured-logger.ts';

@Controller()
class KeepNotes {
  readonly #logger = new Logger('KeepNotes');

  @OnEvent(noteWritten)
  async keep(): Promise<void> {
    this.#logger.log('kept');
  }
}

let database: TestDatabase;
let app: NestExpressApplication;
const lines: Array<Record<string, unknown>> = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const kafka = { brokers: ['127.0.0.1:1'] };
  const module = moduleWithDatabase({
    url: database.url,
    migrations: messagingMigrations('note-service'),
    imports: [MessagingModule.forRoot({ service: 'note-service', kafka, publishes: [] })],
    controllers: [KeepNotes],
  });
  const config = { LOG_LEVEL: 'silent', INSTANCE_ID: undefined } as const;
  app = await createService({ service: 'note-service', module, config });
  await app.init();
  await app.get(Database).opened;
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  Logger.overrideLogger(new StructuredLogger({ service: 'note-service', level: 'info', destination }));
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});

it('a log line of a handler names its event, its trace and its attempt', async () => {
  const { eventId } = await deliver(app, noteWritten, { text: 'tea' }, { attempt: 3 });
  const line = lines.find(({ msg }) => msg === 'kept');
  expect(line).toMatchObject({ eventId, attempt: 3, context: 'KeepNotes' });
  expect(line!['traceId']).toMatch(/^[0-9a-f]{32}$/);
});
