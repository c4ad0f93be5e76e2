import { MessagingModule, messagingMigrations, OnEvent, Outbox, PermanentError } from '@event-bus/messaging-client';
import type { EventDefinition } from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { databaseModule, ServiceKitModule } from '@event-bus/service-kit';
import { serveWithAdmin } from '@event-bus/service-kit/testing';
import type { ServiceWithAdmin } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { Controller, Module } from '@nestjs/common';
import { z } from 'zod';

export const noteWritten: EventDefinition<{ text: string }> = {
  name: 'note.written',
  version: 1,
  topic: { name: 'note', partitions: 1, retentionMs: 600_000 },
  schema: z.object({ text: z.string() }),
  key: ({ text }) => text,
};

/** Until it is allowed, a note whose text begins with `dead` becomes a dead letter. */
@Controller()
class KeepNotes {
  static readonly allowed = new Set<string>();

  @OnEvent(noteWritten)
  async keep({ text }: { text: string }): Promise<void> {
    if (text.startsWith('dead') && !KeepNotes.allowed.has(text)) throw new PermanentError(`550 ${text} is not wanted`);
  }
}

/** Another handler of the same event, in the group `note-service.index`; a note whose text has `unindexed` is a dead letter there alone. */
@Controller()
class IndexNotes {
  @OnEvent(noteWritten, { handler: 'index' })
  async index({ text }: { text: string }): Promise<void> {
    if (text.includes('unindexed')) throw new PermanentError(`550 ${text} has no words`);
  }
}

export interface NoteService {
  readonly bus: TestBus;
  readonly adminUrl: string;
  readonly dataSource: ServiceWithAdmin['dataSource'];
  /** @returns the ids of the events */
  publish(...texts: string[]): Promise<string[]>;
  /** Appends so many rows of a topic that there is not, which the broker rejects. @returns the ids of their events */
  appendToNoTopic(topic: string, count: number): Promise<string[]>;
  allow(text: string): void;
  /** Copies an open dead letter so many times, to other offsets. */
  copyLetters(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A real service with its database, bus and admin endpoints: `note-service`. `indexes`: with a second handler of its event. */
export async function startNoteService({ indexes = false } = {}): Promise<NoteService> {
  const [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  @Module({})
  class NoteModule {}
  const module = {
    module: NoteModule,
    imports: [
      ServiceKitModule.forRoot({ service: 'note-service' }),
      databaseModule({ url: database.url, entities: [], migrations: messagingMigrations('note-service') }),
      MessagingModule.forRoot({ service: 'note-service', kafka: { brokers: [bus.address] }, publishes: [noteWritten] }),
    ],
    controllers: indexes ? [KeepNotes, IndexNotes] : [KeepNotes],
  };
  const { app, dataSource, adminUrl } = await serveWithAdmin('note-service', module, database.url);
  return {
    bus,
    adminUrl,
    dataSource,
    publish: async (...texts) =>
      dataSource.transaction(async (manager) => {
        const ids: string[] = [];
        for (const text of texts) ids.push((await app.get(Outbox).append(manager, noteWritten, { text })).id);
        return ids;
      }),
    appendToNoTopic: async (topic, count) => {
      const rows: Array<{ id: string }> = await dataSource.query(
        `INSERT INTO outbox (source, aggregatetype, aggregateid, type, version, payload)
         SELECT 'note-service', $1, n::text, 'note.written', 1, '{"text":"a"}' FROM generate_series(1, $2) AS n RETURNING id`,
        [topic, count],
      );
      return rows.map(({ id }) => id);
    },
    allow: (text) => KeepNotes.allowed.add(text),
    copyLetters: async (count) => {
      const [{ columns }] = await dataSource.query(
        `SELECT string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
          WHERE table_name = 'dead_letter' AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'offset')`,
      );
      await dataSource.query(
        `INSERT INTO dead_letter (id, "offset", ${columns})
         SELECT gen_random_uuid(), 1000000 + n, ${columns}
           FROM (SELECT * FROM dead_letter WHERE state = 'open' LIMIT 1) AS one, generate_series(1, ${count}) AS n`,
      );
    },
    close: async () => {
      await app.close();
      await bus.close();
      await database.drop();
    },
  };
}
