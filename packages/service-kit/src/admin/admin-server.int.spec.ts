import {
  MessagingModule,
  messagingMigrations,
  OnEvent,
  Outbox,
  PermanentError,
  runInTrace,
  TransientError,
} from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
import { Controller, Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { noteWritten } from '../../test/note-written.ts';
import { serviceEnv } from '../config/service-env.ts';
import { Database } from '../database/database.ts';
import { startService } from '../lifecycle/start-service.ts';
import { AdminServer } from './admin-server.ts';
import {
  auditAnswer,
  deadLetterAnswer,
  deadLettersAnswer,
  eventsFrame,
  inboxAnswer,
  outboxAnswer,
  parkedAnswer,
  problemAnswer,
  rejectedAnswer,
  resolvedAnswer,
  resolvedRowsAnswer,
  summaryAnswer,
} from './answers.ts';

@Controller()
class KeepNotes {
  @OnEvent(noteWritten)
  async keep({ text }: { text: string }): Promise<void> {
    if (text.startsWith('dead')) throw new PermanentError('the note is not wanted');
    if (text.startsWith('later')) throw new TransientError('not yet');
  }
}

let bus: TestBus;
let database: TestDatabase;
let app: NestExpressApplication;

beforeAll(async () => {
  [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  const module = moduleWithDatabase({
    url: database.url,
    migrations: messagingMigrations('note-service'),
    imports: [
      MessagingModule.forRoot({ service: 'note-service', kafka: { brokers: [bus.address] }, publishes: [noteWritten] }),
    ],
    controllers: [KeepNotes],
  });
  const config = z.object(serviceEnv).parse({
    HTTP_PORT: '0',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'silent',
    ADMIN_LISTEN: '127.0.0.1:0',
  });
  app = await startService({ service: 'note-service', module, config }, new Logger());
  await app.get(Database).opened;
});
afterAll(async () => {
  await app?.close();
  await bus?.close();
  await database?.drop();
});

async function read<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.output<Schema>> {
  const response = await fetch(`${app.get(AdminServer).url}/admin/${path}`);
  const body: unknown = await response.json();
  expect({ status: response.status, body }).toMatchObject({ status: 200 });
  return schema.parse(body);
}

async function act(path: 'redrive' | 'drop', body: object): Promise<{ status: number; body: unknown }> {
  return post(`dead-letters/${path}`, body);
}

async function post(path: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${app.get(AdminServer).url}/admin/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function publish(...texts: string[]): Promise<string[]> {
  return app.get(DataSource).transaction(async (manager) => {
    const ids: string[] = [];
    for (const text of texts) ids.push((await app.get(Outbox).append(manager, noteWritten, { text })).id);
    return ids;
  });
}

async function deadLettersOf(count: number, texts: string[]): Promise<string[]> {
  const ids = await publish(...texts);
  return until('the dead letters', async () => {
    const { rows } = await read(deadLettersAnswer, 'dead-letters?limit=500');
    const found = rows.filter(({ eventId }) => ids.includes(eventId ?? '')).map(({ id }) => id);
    return found.length === count && found;
  });
}

describe('GET /admin/outbox', () => {
  it('says why a row waits, and who relays which shard', async () => {
    const dataSource = app.get(DataSource);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await app.get(Outbox).append(runner.manager, noteWritten, { text: 'first' });
    const [{ pid, key }] = await runner.query(
      `SELECT pg_backend_pid() AS pid, 'k' || n AS key FROM generate_series(1, 1000) AS n
        WHERE abs(hashtext('k' || n) % 16) = abs(hashtext('first') % 16) LIMIT 1`,
    );
    const [eventId] = await publish(key);
    const waiting = await until('every shard to have a holder', async () => {
      const answer = await read(outboxAnswer, 'outbox');
      return answer.shards.length === 16 && answer.shards.every((shard) => shard.pid !== null) && answer;
    });
    expect(waiting).toMatchObject({
      waiting: 1,
      rejected: 0,
      events: [{ event: 'note.written', rows: 1 }],
      rows: [{ eventId, key, reason: { kind: 'open-transaction', pids: [pid] } }],
      next: null,
    });

    await runner.rollbackTransaction();
    await runner.release();
    const published = await until('the row to be published', async () => {
      const { rows } = await read(outboxAnswer, `outbox?eventId=${eventId}`);
      return rows[0]?.publishedAt !== null && rows[0];
    });
    expect(published).toMatchObject({ eventId, reason: null, partition: 0 });
  });

  it('has the time to record that 99 of 100 rows kept', async () => {
    const [eventId] = await publish('slow');
    await until('the row to be published', async () => {
      const { rows } = await read(outboxAnswer, `outbox?eventId=${eventId}`);
      return rows[0]?.publishedAt != null;
    });
    const dataSource = app.get(DataSource);
    await dataSource.query(
      `UPDATE outbox SET created_at = published_at - interval '9 s' WHERE published_at IS NOT NULL`,
    );
    expect((await read(outboxAnswer, 'outbox')).timeToRecordP99Ms).toBe(9_000);
  });
});

describe('GET /admin/outbox?search=', () => {
  it('finds rows by key and by a text of the payload, published or not, newest first, with their trace', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const [first] = await runInTrace(`00-${traceId}-00f067aa0ba902b7-01`, () => publish('to hana@example.com'));
    const [second] = await publish('hana@example.com');
    await publish('to other@example.com');
    const found = await read(outboxAnswer, 'outbox?search=hana@example.com');
    expect(found.rows.map(({ eventId }) => eventId)).toEqual([second, first]);
    expect(found.rows[1]).toMatchObject({ traceId, key: 'to hana@example.com' });
    expect(found.searched).toEqual({ rows: expect.any(Number), since: expect.any(String) });
    expect(found.searched!.rows).toBeGreaterThanOrEqual(3);
    expect((await read(outboxAnswer, 'outbox?search=no-such-text')).rows).toEqual([]);
    expect((await read(outboxAnswer, 'outbox')).searched).toBeNull();
  });
});

describe('rows that the broker rejects', () => {
  it('are listed with its error, and dropped by an act that the audit has', async () => {
    const [{ id }] = await app.get(DataSource).query(
      `INSERT INTO outbox (source, aggregatetype, aggregateid, type, version, payload)
       VALUES ('note-service', 'no-such-topic', 'a', 'note.written', 1, '{"text":"a"}') RETURNING id`,
    );
    const row = { eventId: id, topic: 'no-such-topic', key: 'a', error: expect.any(String) };
    await until(
      'the row to be rejected',
      async () => (await read(rejectedAnswer, 'outbox/rejected')).rows.length === 1,
    );
    expect((await read(rejectedAnswer, `outbox/rejected?topic=no-such-topic&eventId=${id}`)).rows).toMatchObject([row]);
    expect((await read(rejectedAnswer, 'outbox/rejected?topic=note')).rows).toEqual([]);
    const { rejected, rows } = await read(outboxAnswer, `outbox?eventId=${id}`);
    expect({ rejected, rows }).toMatchObject({ rejected: 1, rows: [{ eventId: id, reason: { kind: 'rejected' } }] });

    const filter = { topic: 'no-such-topic' };
    const dry = await post('outbox/drop', { filter, by: 'hana', dryRun: true });
    expect(resolvedRowsAnswer.parse(dry.body)).toMatchObject({ dryRun: true, rows: [row], more: false });
    const retried = await post('outbox/retry', { ids: [id], by: 'duri', dryRun: false });
    expect(resolvedRowsAnswer.parse(retried.body)).toMatchObject({ dryRun: false, rows: [row] });
    const dropped = await post('outbox/drop', { filter, by: 'hana', dryRun: false });
    expect(resolvedRowsAnswer.parse(dropped.body)).toMatchObject({ dryRun: false, rows: [row] });
    expect((await read(rejectedAnswer, 'outbox/rejected')).rows).toEqual([]);
    expect((await read(auditAnswer, `audit?eventId=${id}`)).rows).toMatchObject([
      { about: 'outbox-row', action: 'drop', by: 'hana', eventId: id },
      { about: 'outbox-row', action: 'retry', by: 'duri', eventId: id },
    ]);
    expect((await post('outbox/drop', { by: 'hana', dryRun: false })).status).toBe(400);
  });
});

describe('GET /admin/inbox', () => {
  it('shows what was done with an event', async () => {
    const [eventId] = await publish('tea');
    await until('the note to be kept', async () => {
      const { rows } = await read(inboxAnswer, `inbox?eventId=${eventId}`);
      return rows.length === 1 && rows[0]!.state === 'done';
    });
    const { counts, rows } = await read(inboxAnswer, 'inbox');
    expect(counts).toContainEqual({
      group: 'note-service',
      handler: 'note.written',
      state: 'done',
      rows: expect.any(Number),
    });
    expect(rows).toEqual([]); // no claim is unconfirmed
  });

  it('names the newest records that were skipped because their event had been handled', async () => {
    const [eventId] = await publish('twice');
    await until('the note to be kept', async () => {
      const { rows } = await read(inboxAnswer, `inbox?eventId=${eventId}`);
      return rows.length === 1 && rows[0]!.state === 'done';
    });
    await app.get(DataSource).query(
      `WITH row AS (DELETE FROM outbox WHERE id = $1 AND published_at IS NOT NULL RETURNING *)
       INSERT INTO outbox (id, source, aggregatetype, aggregateid, type, version, payload)
       SELECT id, source, aggregatetype, aggregateid, type, version, payload FROM row`,
      [eventId],
    );
    const repeats = await until('the repeat', async () => {
      const answer = await read(inboxAnswer, 'inbox');
      return answer.repeats.records > 0 && answer.repeats;
    });
    expect(repeats).toMatchObject({ records: 1, newest: [{ eventId, event: 'note.written', partition: 0 }] });
  });
});

describe('several events at once', () => {
  it('are answered with the rows of each in the outbox and the inbox, and with their dead letters', async () => {
    const kept = await publish('several1', 'several2');
    const [letter] = await deadLettersOf(1, ['dead-several']);
    const dead = (await read(deadLetterAnswer, `dead-letters/${letter}`)).deadLetter.eventId!;
    const asked = `eventIds=${[...kept, dead, 'no-uuid'].join(',')}`;
    const idsOf = (rows: ReadonlyArray<{ eventId: string | null }>) =>
      rows.map(({ eventId }) => eventId ?? '').toSorted();
    const inbox = await until('all to be handled', async () => {
      const { rows } = await read(inboxAnswer, `inbox?${asked}`);
      return rows.length === 3 && rows;
    });
    expect(idsOf(inbox)).toEqual([...kept, dead].toSorted());
    expect(idsOf((await read(outboxAnswer, `outbox?${asked}`)).rows)).toEqual([...kept, dead].toSorted());
    expect(idsOf((await read(deadLettersAnswer, `dead-letters?${asked}`)).rows)).toEqual([dead]);
    expect(idsOf((await read(outboxAnswer, 'outbox?keys=several1,several2')).rows)).toEqual(kept.toSorted());
    await act('drop', { ids: [letter!], by: 'hana', dryRun: false });
  });

  it('are a hundred at most', async () => {
    const ids = Array.from({ length: 101 }, (_, index) => `event-${index}`);
    for (const path of ['outbox', 'inbox', 'parked', 'dead-letters']) {
      expect((await fetch(`${app.get(AdminServer).url}/admin/${path}?eventIds=${ids.join(',')}`)).status).toBe(400);
      expect((await fetch(`${app.get(AdminServer).url}/admin/${path}?eventIds=${ids.slice(1).join(',')}`)).status).toBe(
        200,
      );
    }
  });
});

describe('GET /admin/parked', () => {
  it('shows the lanes page by page, each with its error and its next attempt', async () => {
    const [eventId] = await publish('later1', 'later2');
    await until('both keys to be parked', async () => (await read(parkedAnswer, 'parked')).lanes === 2);
    const first = await read(parkedAnswer, 'parked?limit=1');
    const second = await read(parkedAnswer, `parked?limit=1&after=${first.next}`);
    const keys = [...first.rows, ...second.rows].map(({ key }) => Buffer.from(key!, 'base64').toString());
    expect(keys.toSorted()).toEqual(['later1', 'later2']);
    expect((await read(parkedAnswer, `parked?eventId=${eventId}`)).rows).toMatchObject([
      { eventId, error: 'not yet', records: 1, heldBy: null, dueAt: expect.any(String), eventIds: [eventId] },
    ]);
  });

  it('tells which of several events waits in which lane, also behind another record', async () => {
    const [head, behind] = [await publish('later3'), await publish('later3')].flat();
    const lanesOf = async (...ids: Array<string | undefined>) =>
      (await read(parkedAnswer, `parked?eventIds=${ids.join(',')}`)).rows;
    await until('both to be parked', async () => (await lanesOf(head, behind))[0]?.records === 2);
    const both = [head!, behind!].toSorted();
    expect(await lanesOf(head, behind)).toMatchObject([{ eventId: head, eventIds: both }]);
    expect(await lanesOf(behind)).toMatchObject([{ eventId: head, eventIds: [behind] }]);
  });
});

describe('dead letters', () => {
  it('are listed page by page, newest first, and counted whatever the page', async () => {
    const ids = await deadLettersOf(3, ['dead1', 'dead2', 'dead3']);
    const path = 'dead-letters?limit=2&reason=permanent';
    const first = await read(deadLettersAnswer, path);
    const second = await read(deadLettersAnswer, `${path}&after=${first.next}`);
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(ids);
    expect(first.counts).toEqual([
      { group: 'note-service', event: 'note.written', topic: 'note', reason: 'permanent', state: 'open', letters: 3 },
    ]);
    const ofGroup = async (group: string) => read(deadLettersAnswer, `dead-letters?reason=permanent&group=${group}`);
    expect((await ofGroup('note-service')).counts).toEqual(first.counts);
    expect(await ofGroup('other')).toMatchObject({ counts: [], rows: [] });
    const dropOf = { filter: { group: 'other' }, by: 'hana', dryRun: true };
    expect((await act('drop', dropOf)).body).toMatchObject({ counts: [], resolved: [] });
    const { deadLetter, acts } = await read(deadLetterAnswer, `dead-letters/${ids[0]}`);
    expect(JSON.parse(Buffer.from(deadLetter.value!, 'base64').toString())).toEqual({
      text: Buffer.from(first.rows[0]!.key!, 'base64').toString(),
    });
    expect(acts).toEqual([]);
  });

  it('are not changed by a dry run, are dropped once, and the audit says by whom', async () => {
    const [id] = await deadLettersOf(1, ['dead-to-drop']);
    const dry = await act('drop', { ids: [id], by: 'hana', dryRun: true });
    expect(resolvedAnswer.parse(dry.body)).toMatchObject({ dryRun: true, resolved: [id] });
    expect((await read(deadLetterAnswer, `dead-letters/${id}`)).deadLetter.state).toBe('open');

    const twice = await Promise.all([1, 2].map(() => act('drop', { ids: [id], by: 'hana', dryRun: false })));
    expect(twice.flatMap(({ body }) => resolvedAnswer.parse(body).resolved)).toEqual([id]);
    expect(await read(deadLetterAnswer, `dead-letters/${id}`)).toMatchObject({
      deadLetter: { state: 'dropped', resolvedBy: 'hana' },
      acts: [{ action: 'drop', by: 'hana' }],
    });
    expect((await read(auditAnswer, 'audit?limit=1')).rows).toMatchObject([
      { about: 'dead-letter', deadLetterId: id, action: 'drop', by: 'hana' },
    ]);
  });

  it('are redriven by a filter, with another value where one is given', async () => {
    const [id] = await deadLettersOf(1, ['dead-to-redrive']);
    const { eventId } = (await read(deadLetterAnswer, `dead-letters/${id}`)).deadLetter;
    expect((await act('redrive', { filter: { eventId }, by: 'hana', dryRun: true })).body).toMatchObject({
      resolved: [id],
    });
    const edit = JSON.stringify({ text: 'wanted' });
    expect((await act('redrive', { ids: [id], edit, by: 'hana', dryRun: false })).body).toMatchObject({
      resolved: [id],
    });
    await until('the note to be kept', async () => {
      const { rows } = await read(inboxAnswer, `inbox?eventId=${eventId}`);
      return rows[0]?.state === 'done';
    });
    expect((await read(auditAnswer, 'audit?limit=1')).rows).toMatchObject([{ action: 'redrive', isEdited: true }]);
  });

  it('that are resolved are listed by that, and the audit by event', async () => {
    const [id] = await deadLettersOf(1, ['dead-to-be-resolved']);
    await act('drop', { ids: [id], by: 'hana', dryRun: false });
    const { rows } = await read(deadLettersAnswer, 'dead-letters?state=resolved');
    expect(rows.map((row) => row.state)).not.toContain('open');
    const { eventId } = rows.find((row) => row.id === id)!;
    expect((await read(auditAnswer, `audit?eventId=${eventId}`)).rows).toMatchObject([{ deadLetterId: id, eventId }]);
  });

  it('are shown by a dry run with what waits behind them and what has been handled already', async () => {
    const [id, other] = await deadLettersOf(2, ['dead-and-waited-for', 'dead-and-handled']);
    const dataSource = app.get(DataSource);
    await dataSource.query(`UPDATE dead_letter SET policy = 'skip' WHERE id = $1`, [other]);
    await dataSource.query(
      `INSERT INTO parked_record (consumer_group, topic, "partition", "offset", recorded_at, key, headers, attempts, failures)
       SELECT consumer_group, topic, "partition", "offset" + behind, now(), key, '[]', 0, 0
         FROM dead_letter, generate_series(1, 3) AS behind WHERE id = $1`,
      [id],
    );
    await dataSource.query(
      `UPDATE inbox_message SET state = 'done' WHERE event_id = (SELECT event_id FROM dead_letter WHERE id = $1)`,
      [other],
    );
    const ids = [id, other];
    const dry = resolvedAnswer.parse((await act('redrive', { ids, by: 'hana', dryRun: true })).body);
    expect(dry.foreseen).toEqual({ holding: 1, waiting: 3, skipping: 1, alreadyHandled: [other] });
    await dataSource.query(`DELETE FROM parked_record WHERE key = 'dead-and-waited-for'`);
    const dropped = resolvedAnswer.parse((await act('drop', { ids, by: 'hana', dryRun: false })).body);
    expect(dropped).toMatchObject({ foreseen: null, next: null });
  });

  describe('of which there are 10,000', () => {
    const all = 10_000;
    const pages = all / 500;

    beforeAll(async () => {
      await app.get(DataSource).query(
        `INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, event_id, event, reason,
                                  error, attempts, recorded_at, redrives)
         SELECT 'note-service', 'note', 0, 1000000 + n, convert_to('key' || n, 'UTF8'), convert_to(repeat('x', 1000), 'UTF8'), '[]',
                'event' || n, 'note.written', 'exhausted', CASE WHEN n <= 1001 THEN 'one of many, to drop' ELSE 'one of many' END,
                7, now(), 5
           FROM generate_series(1, ${all}) AS n`,
      );
    });

    it('are read page by page, each once', async () => {
      const ids = new Set<string>();
      let after = '';
      for (let page = 1; page <= pages; page += 1) {
        const { rows, next, counts } = await read(deadLettersAnswer, `dead-letters?error=of many&limit=500${after}`);
        for (const { id } of rows) ids.add(id);
        expect(counts).toMatchObject([{ letters: all }]);
        expect(next === null).toBe(false);
        after = `&after=${next}`;
      }
      expect(ids.size).toBe(all);
      expect((await read(deadLettersAnswer, `dead-letters?error=of many&limit=500${after}`)).rows).toEqual([]);
    });

    it(
      'are resolved by acts of 500 that go on to the last one, also where each is refused',
      { timeout: 240_000 },
      async () => {
        const acts = async (path: 'redrive' | 'drop', error: string): Promise<number[]> => {
          const sizes: number[] = [];
          let after: string | null | undefined;
          do {
            const body = { filter: { error }, by: 'hana', dryRun: false, ...(after && { after }) };
            const answer = resolvedAnswer.parse((await act(path, body)).body);
            sizes.push(answer.resolved.length + answer.refused.length);
            after = answer.next;
          } while (after !== null && sizes.length <= pages);
          return sizes;
        };
        expect(await acts('redrive', 'one of many')).toEqual(Array.from({ length: pages }, () => 500));
        expect(await acts('drop', 'to drop')).toEqual([500, 500, 1]);
        expect((await read(deadLettersAnswer, 'dead-letters?error=to drop')).rows).toEqual([]);
      },
    );
  });

  it.each([
    ['without a name', { filter: { reason: 'permanent' }, dryRun: false }, 'by'],
    ['without a decision about a dry run', { filter: { reason: 'permanent' }, by: 'hana' }, 'dryRun'],
    ['about everything', { filter: {}, by: 'hana', dryRun: false }, 'at least one condition'],
    ['about nothing', { by: 'hana', dryRun: false }, 'at least one condition'],
    ['with a misspelt condition', { filter: { evnt: 'x' }, by: 'hana', dryRun: false }, 'evnt'],
  ])('are not changed by an act %s', async (_, body, detail) => {
    const { status, body: problem } = await act('redrive', body);
    expect(status).toBe(400);
    expect(problemAnswer.parse(problem).detail).toContain(detail);
  });
});

describe('GET /admin/summary', () => {
  it('counts what the lists count, without a row of them', async () => {
    await deadLettersOf(2, ['dead of the summary', 'dead of the summary, too']);
    const [outbox, parked, letters] = await Promise.all([
      read(outboxAnswer, 'outbox'),
      read(parkedAnswer, 'parked'),
      read(deadLettersAnswer, 'dead-letters'),
    ]);
    const summary = await read(summaryAnswer, 'summary');
    const { service, waiting, rejected } = outbox;
    const dead = letters.counts.reduce((sum, one) => sum + one.letters, 0);
    expect(dead).toBeGreaterThan(1);
    expect(summary).toMatchObject({ service, waiting, rejected, parked: parked.groups });
    expect(summary.relay).toMatchObject({ state: 'connected' });
    expect(summary.deadLetters).toEqual([{ group: 'note-service', letters: dead }]);
  });
});

describe('GET /admin/events', () => {
  it('names the trace and the route of an answer, and the trace of a record', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const stream = await fetch(`${app.get(AdminServer).url}/admin/events`);
    await (await fetch(`${await app.getUrl()}/health/live?probe`)).text();
    const [eventId] = await runInTrace(`00-${traceId}-b7ad6b7169203331-01`, () => publish('milk'));
    const found: object[] = [];
    let text = '';
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const events = [...text.matchAll(/^data: (.*)\n\n/gm)].flatMap(
        ([, data]) => eventsFrame.parse(JSON.parse(data!)).events,
      );
      found.splice(0, Infinity, ...events);
      if (events.some((event) => event['eventId'] === eventId)) break;
    }
    expect(found).toContainEqual(
      expect.objectContaining({
        name: 'http.answered',
        method: 'GET',
        route: '/health/live',
        path: '/health/live',
        status: 200,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      }),
    );
    expect(found).toContainEqual(expect.objectContaining({ name: 'record.handled', eventId, traceId }));
  });
});

describe('the listener', () => {
  it('answers what it does not have, and what it cannot read, with a problem', async () => {
    const url = app.get(AdminServer).url;
    for (const [path, status, code, params] of [
      ['nowhere', 404, 'path-unknown', { path: 'GET /admin/nowhere' }],
      ['dead-letters/none', 404, 'dead-letter-unknown', { id: 'none' }],
      ['parked?after=x', 400, 'after-wrong', {}],
      ['outbox?limit=501', 400, 'invalid-request', { fields: 'limit' }],
      ['outbox?eventId=%00', 400, 'invalid-request', { fields: 'eventId' }],
      ['dead-letters?error=a%00b', 400, 'invalid-request', { fields: 'error' }],
    ] as const) {
      const response = await fetch(`${url}/admin/${path}`);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(problemAnswer.parse(await response.json())).toMatchObject({ status, code, params });
    }
  });

  it('names the field of an act that has a NUL character, which PostgreSQL does not store', async () => {
    const act = { by: 'hana', dryRun: true };
    for (const [path, body, fields] of [
      ['dead-letters/redrive', { filter: { error: 'a\0b' } }, 'filter.error'],
      ['dead-letters/drop', { filter: { event: '\0', key: '\0' } }, 'filter.event, filter.key'],
      ['outbox/retry', { filter: { topic: '\0' } }, 'filter.topic'],
      ['outbox/drop', { ids: ['1', '\0'] }, 'ids.1'],
      ['dead-letters/drop', { filter: { error: 'x' }, by: 'a\0' }, 'by'],
    ] as const) {
      expect(await post(path, { ...act, ...body })).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', params: { fields } },
      });
    }
    const after = Buffer.from('["\\u0000","\\u0000",0,"00"]').toString('base64url');
    const place = await fetch(`${app.get(AdminServer).url}/admin/parked?after=${after}`);
    expect(problemAnswer.parse(await place.json())).toMatchObject({ status: 400, code: 'after-wrong' });
  });

  it('is not reached over the port for clients', async () => {
    expect((await fetch(`${await app.getUrl()}/admin/outbox`)).status).toBe(404);
  });
});

// The last one: the broker does not come back.
it('a row waits for the broker that is unavailable, also after its instance has given back the shards', async () => {
  await bus.close();
  const [eventId] = await publish('without a broker');
  const outbox = async () => read(outboxAnswer, `outbox?eventId=${eventId}`);
  await until('the shards to be given back', async () => (await outbox()).shards.every(({ pid }) => pid === null));
  const { rows } = await outbox();
  expect(rows).toMatchObject([{ eventId, reason: { kind: 'broker-unavailable' } }]);
});
