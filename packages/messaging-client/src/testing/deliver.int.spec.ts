import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Controller, Injectable, Module, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, INestApplication, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dataSourceModule } from '../../test/data-source-module.ts';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import type { EventDefinition } from '../event-definition.ts';
import { OnEvent, OnEvents } from '../handler/on-event.decorator.ts';
import type { Confirmed, OutsideContext, RecordContext, TransactionContext } from '../handler/record-context.ts';
import { MessagingModule } from '../nest/messaging.module.ts';
import { currentRecord } from '../observe/scope.ts';
import { Outbox } from '../outbox/append-to-outbox.ts';
import { deliver } from './deliver.ts';
import { publishedBy } from './published-by.ts';

interface Note {
  readonly text: string;
  readonly at?: Date | undefined;
}

function eventNamed(name: string): EventDefinition<Note> {
  return {
    name,
    version: 1,
    topic: { name: 'note', partitions: 1, retentionMs: 3_600_000 },
    key: ({ text }) => text,
    schema: z.object({ text: z.string().trim().min(1), at: z.coerce.date().optional() }),
  };
}
const written = eventNamed('note.written');
const sent = eventNamed('note.sent');
const cached = eventNamed('note.cached');
const counted = eventNamed('note.counted');
const unhandled = eventNamed('note.unhandled');

/** What handlers were called with, and what they are to do at the end of their call. */
let calls: Array<{ payload: unknown; context: RecordContext }>;
let intercepted: number;
let ending: () => Promise<void>;
beforeEach(() => {
  calls = [];
  intercepted = 0;
  ending = async () => undefined;
});

@Injectable()
class CountCalls implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    intercepted += 1;
    return next.handle();
  }
}

@Controller()
class Handlers {
  @OnEvent(written)
  @UseInterceptors(CountCalls)
  async write(payload: Note, context: TransactionContext): Promise<void> {
    calls.push({ payload, context });
    await context.manager.query('INSERT INTO note VALUES ($1)', [payload.text]);
    await ending();
  }

  @OnEvent(sent, { effect: 'outside', whenAmbiguous: 'resend', resendsMax: 1 })
  async send(payload: Note, context: OutsideContext): Promise<Confirmed> {
    calls.push({ payload, context });
    const claim = await context.claim(async (manager, { ambiguous }) => {
      await manager.query('INSERT INTO note VALUES ($1)', [ambiguous ? 'in doubt' : 'sure']);
    });
    await ending();
    return claim.confirm();
  }

  @OnEvent(cached, { effect: 'repeatable' })
  async cache(payload: Note, context: RecordContext): Promise<void> {
    calls.push({ payload, context });
    await ending();
  }

  @OnEvents(counted, { max: 10, waitMs: 1 })
  async count(payloads: Note[], contexts: TransactionContext[]): Promise<void> {
    for (const [index, payload] of payloads.entries()) calls.push({ payload, context: contexts[index]! });
  }
}

let app: INestApplication;
let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase('note-service'));
  await dataSource.query('CREATE TABLE note (text text)');

  @Module({
    imports: [
      dataSourceModule(dataSource),
      MessagingModule.forRoot({
        service: 'note-service',
        kafka: { brokers: ['127.0.0.1:1'] },
        publishes: [written, sent],
      }),
    ],
    controllers: [Handlers],
    providers: [CountCalls],
  })
  class NotesModule {}
  app = await NestFactory.create(NotesModule, { logger: false });
});
beforeEach(() => dataSource.query('TRUNCATE note'));
afterAll(async () => {
  await app?.close();
  await drop();
});

const notes = async (): Promise<string[]> =>
  (await dataSource.query<Array<{ text: string }>>('SELECT text FROM note')).map(({ text }) => text);
const inboxState = async (eventId: string): Promise<string | undefined> =>
  (
    await dataSource.query<Array<{ state: string }>>('SELECT state FROM inbox_message WHERE event_id = $1', [eventId])
  )[0]?.state;

describe('a handler with effects in the database', () => {
  it('is called in a transaction with its inbox row, and once for an event that is delivered twice', async () => {
    const first = await deliver(app, written, { text: 'tea' });
    expect(first).toMatchObject({ repeated: false, topic: 'note', partition: 0 });
    const { eventId } = first;
    expect(await deliver(app, written, { text: 'tea' }, { eventId })).toMatchObject({ eventId, repeated: true });
    expect(await notes()).toEqual(['tea']);
    expect(await inboxState(eventId)).toBe('done');
    expect(calls).toHaveLength(1);
    expect(calls[0]!.context).toMatchObject({ event: { id: eventId }, group: 'note-service', key: 'tea', attempt: 1 });
  });

  it('is called once for an event that is delivered several times at once', async () => {
    const eventId = randomUUID();
    const all = await Promise.all([1, 2, 3].map(async () => deliver(app, written, { text: 'tea' }, { eventId })));
    expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await notes()).toEqual(['tea']);
  });

  it('throws what it throws, leaves nothing behind, and can be delivered again', async () => {
    const eventId = randomUUID();
    ending = async () => Promise.reject(new Error('no milk'));
    await expect(deliver(app, written, { text: 'tea' }, { eventId })).rejects.toThrow('no milk');
    expect(await notes()).toEqual([]);
    ending = async () => undefined;
    expect(await deliver(app, written, { text: 'tea' }, { eventId, attempt: 2 })).toMatchObject({ repeated: false });
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
    expect(await notes()).toEqual(['tea']);
  });

  it('is called with the payload as it comes off the wire, and not with one that its schema refuses', async () => {
    const at = new Date('2026-11-28T10:00:00.000Z');
    await deliver(app, written, { text: ' tea ', at }, { key: 'another' });
    expect(calls[0]).toMatchObject({ payload: { text: 'tea', at }, context: { key: 'another' } });
    await expect(deliver(app, written, { text: '' })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    expect(calls).toHaveLength(1);
  });

  it('is called through its interceptors, and knows its record', async () => {
    let record: unknown;
    ending = async () => void (record = currentRecord());
    const { eventId } = await deliver(app, written, { text: 'tea' });
    expect(intercepted).toBe(1);
    expect(record).toMatchObject({ eventId, event: 'note.written' });
  });
});

describe('a handler with an outside effect', () => {
  it('claims and confirms in the inbox, and acts once on an event that is delivered twice', async () => {
    const { eventId, repeated } = await deliver(app, sent, { text: 'tea' });
    expect(repeated).toBe(false);
    expect(await inboxState(eventId)).toBe('done');
    expect(await deliver(app, sent, { text: 'tea' }, { eventId })).toMatchObject({ repeated: true });
    expect(await notes()).toEqual(['sure']);
  });

  it('has an ambiguous claim after an attempt that did not confirm, and is not called again beyond its resends', async () => {
    const eventId = randomUUID();
    ending = async () => Promise.reject(new Error('no answer'));
    for (const attempt of [1, 2]) {
      await expect(deliver(app, sent, { text: 'tea' }, { eventId, attempt })).rejects.toThrow('no answer');
      expect(await inboxState(eventId)).toBe('claimed');
    }
    await expect(deliver(app, sent, { text: 'tea' }, { eventId, attempt: 3 })).rejects.toThrow(
      '2 earlier attempts were never confirmed',
    );
    expect(await notes()).toEqual(['sure', 'in doubt']);
  });
});

it('a repeatable handler is recorded in the inbox, and not called for an event that is in it', async () => {
  const { eventId } = await deliver(app, cached, { text: 'tea' });
  expect(await inboxState(eventId)).toBe('done');
  expect(await deliver(app, cached, { text: 'tea' }, { eventId })).toMatchObject({ repeated: true });
  expect(calls).toHaveLength(1);
});

it('a handler of batches gets a batch of one', async () => {
  const { eventId } = await deliver(app, counted, { text: 'tea' });
  expect(calls).toMatchObject([{ payload: { text: 'tea' }, context: { event: { id: eventId } } }]);
});

it('an event that no controller handles is refused by name', async () => {
  await expect(deliver(app, unhandled, { text: 'tea' })).rejects.toThrow('handles note.unhandled');
});

it('what a service has appended to its outbox can be read, in order, and by event with its payload as the schema reads it', async () => {
  const at = new Date('2026-11-28T10:00:00.000Z');
  const outbox = app.get(Outbox);
  await dataSource.transaction(async (manager) => {
    await outbox.append(manager, written, { text: 'tea', at });
    await outbox.append(manager, sent, { text: 'milk' });
  });
  expect(await publishedBy(dataSource)).toMatchObject([
    { name: 'note.written', version: 1, topic: 'note', key: 'tea', payload: { text: 'tea', at: at.toISOString() } },
    { name: 'note.sent', key: 'milk' },
  ]);
  expect((await publishedBy(dataSource, written)).map(({ payload }) => payload)).toEqual([{ text: 'tea', at }]);
  expect(await publishedBy(dataSource, cached)).toEqual([]);
});
