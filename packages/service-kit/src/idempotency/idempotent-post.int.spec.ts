import { deleteSome, queryOf } from '@event-bus/messaging-client';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { Body, ConflictException, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleWithDatabase } from '../../test/module-with-database.ts';
import { databaseOpened, serveForTest } from '../testing/index.ts';
import type { Answer, ServiceUnderTest } from '../testing/index.ts';
import { OLD_IDEMPOTENCY_KEYS } from './idempotency-keys-cleanup.ts';
import { inTransaction } from './transaction.ts';

/** Where a handler waits with its effect written and not committed; null: none waits. */
let gate: { arrived: () => void; opened: Promise<void> } | null = null;

const noteSchema = z.object({ text: z.string().max(10) });

@Controller()
class NotesController {
  readonly #dataSource: DataSource;
  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  @Post('notes')
  async create(@Body({ schema: noteSchema }) { text }: z.output<typeof noteSchema>): Promise<unknown> {
    return this.#write(text);
  }
  @Post('notes/:id/copy')
  @HttpCode(202)
  async copy(@Param('id') id: string): Promise<unknown> {
    return this.#write(`copy ${id}`);
  }
  @Post('refused')
  async refuse(): Promise<never> {
    await this.#write('refused');
    throw new ConflictException('not now');
  }
  @Post('empty')
  async empty(): Promise<void> {
    await this.#write('empty');
  }

  async #write(text: string): Promise<unknown> {
    return inTransaction(this.#dataSource, async (manager) => {
      const [note] = await manager.query('INSERT INTO note (text) VALUES ($1) RETURNING id, text', [text]);
      gate?.arrived();
      await gate?.opened;
      return note;
    });
  }
}

let database: TestDatabase;
/** Two instances of one service. */
let one: ServiceUnderTest;
let other: ServiceUnderTest;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const instance = async (): Promise<ServiceUnderTest> =>
    serveForTest({
      module: moduleWithDatabase({
        url: database.url,
        tables: ['CREATE TABLE note (id uuid PRIMARY KEY DEFAULT uuidv7(), text text)'],
        controllers: [NotesController],
      }),
    });
  [one, other] = await Promise.all([instance(), instance()]);
  [dataSource] = await Promise.all([databaseOpened(other), databaseOpened(one)]);
});
afterAll(async () => {
  await one?.app.close();
  await other?.app.close();
  await database?.drop();
});
beforeEach(async () => {
  gate = null;
  await dataSource.query('TRUNCATE note, idempotency_key');
});

const withKey = (key: string) => ({ 'idempotency-key': key });
const notes = async (): Promise<number> => (await dataSource.query('SELECT 1 FROM note')).length;

/** Lets handlers wait with their effect written and not committed. */
function closeGate(): { arrival: Promise<void>; open: () => void } {
  const [arrival, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  gate = { arrived: arrival.resolve, opened: opened.promise };
  return { arrival: arrival.promise, open: opened.resolve };
}

/** As a client does that gets 409: retries until the earlier request has ended. */
async function answerInTheEnd(service: ServiceUnderTest, path: string, body: unknown, key: string): Promise<Answer> {
  for (;;) {
    const answer = await service.post(path, body, withKey(key));
    if (answer.status !== 409) return answer;
  }
}

describe('a POST with an Idempotency-Key', () => {
  it('that is sent again gets the answer it got, from any instance, and has one effect', async () => {
    const first = await one.post('/notes', { text: 'tea' }, withKey('"8e03978e-40d5-43dd-bc93"'));
    const again = await other.post('/notes', '{ "text": "tea" }', withKey('8e03978e-40d5-43dd-bc93'));
    expect(first).toMatchObject({ status: 201, body: { text: 'tea' } });
    expect(again).toMatchObject({ status: first.status, body: first.body });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await notes()).toBe(1);
  });

  it('keeps the status of its route, and an answer without a body', async () => {
    const copies = [
      await one.post('/notes/7/copy', {}, withKey('k')),
      await one.post('/notes/7/copy', {}, withKey('k')),
    ];
    expect(copies.map(({ status, body }) => [status, body.text])).toEqual([
      [202, 'copy 7'],
      [202, 'copy 7'],
    ]);
    const empty = [await one.post('/empty', {}, withKey('k')), await one.post('/empty', {}, withKey('k'))];
    expect(empty.map(({ status, body }) => [status, body])).toEqual([
      [201, undefined],
      [201, undefined],
    ]);
    expect(await notes()).toBe(2);
  });

  it.each([
    ['another body', '/notes', { text: 'cup' }],
    ['another path of its route', '/notes/8/copy', {}],
    ['another query', '/notes?x=1', { text: 'tea' }],
  ])('is refused with 422 when the key was used for %s', async (_, path, body) => {
    await one.post('/notes', { text: 'tea' }, withKey('k'));
    await one.post('/notes/7/copy', {}, withKey('k'));
    const answer = await other.post(path, body, withKey('k'));
    expect(answer).toMatchObject({ status: 422, body: { problems: [{ path: 'Idempotency-Key' }] } });
    expect(await notes()).toBe(2);
  });

  it.each(['', '""', '"a', 'a"', 'a b', 'a,b', '"a", "b"', 'k\u00e9', '"\\a"', '   ', '"  "', 'k'.repeat(256)])(
    'is refused with 400 when the key is %j',
    async (key) => {
      const answer = await one.post('/notes', { text: 'tea' }, withKey(key));
      expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: 'Idempotency-Key' }] } });
      expect(await notes()).toBe(0);
    },
  );

  it('is refused with 409 while the first is in progress in another instance, and then gets its answer', async () => {
    const { arrival, open } = closeGate();
    const first = one.post('/notes', { text: 'tea' }, withKey('k'));
    await arrival;
    const meanwhile = await other.post('/notes', { text: 'tea' }, withKey('k'));
    expect(meanwhile).toMatchObject({ status: 409, body: { problems: [{ path: 'Idempotency-Key' }] } });
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    open();
    expect(await other.post('/notes', { text: 'tea' }, withKey('another'))).toMatchObject({ status: 201 });
    expect((await answerInTheEnd(other, '/notes', { text: 'tea' }, 'k')).body).toEqual((await first).body);
    expect(await notes()).toBe(2);
  });

  it('has one effect when many are sent at once to two instances', async () => {
    const racers = Array.from({ length: 20 }, (_, i) =>
      answerInTheEnd(i % 2 ? one : other, '/notes', { text: 'tea' }, 'k'),
    );
    const answers = await Promise.all(racers);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201 });
    expect(await notes()).toBe(1);
  });

  it('whose client disconnects between effect and answer has the same answer for the retry', async () => {
    const { arrival, open } = closeGate();
    const { hostname, port } = new URL(one.url);
    const socket = connect(Number(port), hostname);
    const body = '{"text":"tea"}';
    socket.write(
      `POST /notes HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await arrival;
    socket.destroy();
    await once(socket, 'close');
    open();
    const again = await answerInTheEnd(other, '/notes', { text: 'tea' }, 'k');
    expect(again).toMatchObject({ status: 201, body: { text: 'tea' } });
    expect(await dataSource.query('SELECT id::text, text FROM note')).toEqual([again.body]);
  });

  it('whose database session dies before the commit leaves neither effect nor answer, and nothing in progress', async () => {
    const { arrival, open } = closeGate();
    const first = one.post('/notes', { text: 'tea' }, withKey('k'));
    await arrival;
    const idle = `datname = current_database() AND state = 'idle in transaction'`;
    await dataSource.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE ${idle}`);
    expect(await notes()).toBe(0);
    gate = null;
    const again = await answerInTheEnd(other, '/notes', { text: 'tea' }, 'k');
    open();
    expect(await first).toMatchObject({ status: 503 });
    expect(again).toMatchObject({ status: 201 });
    expect(await notes()).toBe(1);
  });

  it('that ends in an error has no effect, and its key is free for the retry', async () => {
    expect(await one.post('/refused', {}, withKey('k'))).toMatchObject({ status: 409, body: { detail: 'not now' } });
    expect(await one.post('/notes', { text: 'much too long' }, withKey('k'))).toMatchObject({ status: 400 });
    expect(await notes()).toBe(0);
    expect(await one.post('/notes', { text: 'tea' }, withKey('k'))).toMatchObject({ status: 201 });
  });

  it('is independent of the same key on another route', async () => {
    expect((await one.post('/notes', { text: 'tea' }, withKey('k'))).status).toBe(201);
    expect((await one.post('/notes/7/copy', {}, withKey('k'))).status).toBe(202);
    expect(await notes()).toBe(2);
  });
});

it('a POST without a key has its effect each time', async () => {
  await one.post('/notes', { text: 'tea' });
  await one.post('/notes', { text: 'tea' });
  expect(await notes()).toBe(2);
  expect(await dataSource.query('SELECT 1 FROM idempotency_key')).toEqual([]);
});

it('keys are deleted after a day, in bounded batches, and no younger ones', async () => {
  const insert = (count: number, age: string) =>
    dataSource.query(
      `INSERT INTO idempotency_key
       SELECT 'POST /notes', $2 || n, '', 201, NULL, clock_timestamp() - $2::interval FROM generate_series(1, $1) AS n`,
      [count, age],
    );
  await insert(1_500, '25 hours');
  await insert(3, '23 hours');
  const left = async (): Promise<number> => (await dataSource.query('SELECT 1 FROM idempotency_key')).length;
  expect(await deleteSome(queryOf(dataSource), OLD_IDEMPOTENCY_KEYS)).toBe(true);
  expect(await left()).toBe(503);
  expect(await deleteSome(queryOf(dataSource), OLD_IDEMPOTENCY_KEYS)).toBe(false);
  expect(await left()).toBe(3);
});
