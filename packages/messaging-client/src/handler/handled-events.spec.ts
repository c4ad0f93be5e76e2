import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { EventDefinition } from '../event-definition.ts';
import { handledEvents, handledEventsByGroup } from './handled-events.ts';
import { OnEvent } from './on-event.decorator.ts';

const noteWritten: EventDefinition<{ text: string }> = {
  name: 'note.written',
  version: 1,
  topic: { name: 'note', partitions: 1, retentionMs: 600_000 },
  schema: z.object({ text: z.string() }),
  key: ({ text }) => text,
};

@Controller()
class Notes {
  @OnEvent(noteWritten)
  async keep(): Promise<void> {}

  @OnEvent(noteWritten, { handler: 'index' })
  async index(): Promise<void> {}
}

@Module({ controllers: [Notes] })
class NoteModule {}

it('a handler with a name has a group of its own; the event is one', async () => {
  const app = await NestFactory.createApplicationContext(NoteModule, { logger: false });
  expect(handledEvents(app)).toEqual([noteWritten]);
  expect([...handledEventsByGroup(app, 'note-service')]).toEqual([
    ['note-service', [noteWritten]],
    ['note-service.index', [noteWritten]],
  ]);
  await app.close();
});
