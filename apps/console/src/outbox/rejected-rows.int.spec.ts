import { afterAll, beforeAll, expect, it } from 'vitest';
import { REJECTED_PAGE_ROWS } from '../limits.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

let notes: NoteService;
let page: ConsoleUnderTest;

beforeAll(async () => {
  notes = await startNoteService();
  page = await startConsole({
    KAFKA_BROKERS: notes.bus.address,
    SERVICES_ADMIN: `note-service=${notes.adminUrl},lost-service=http://127.0.0.1:1`,
  });
});
afterAll(async () => {
  await page?.close();
  await notes?.close();
});

/** Of a topic that there is not. @returns the ids of their events, when the broker has rejected them */
async function rejectRows(topic: string, count: number): Promise<string[]> {
  const ids = await notes.appendToNoTopic(topic, count);
  await expect.poll(async () => (await listed(topic)).length).toBe(Math.min(count, REJECTED_PAGE_ROWS));
  return ids;
}

async function listed(topic: string): Promise<unknown[]> {
  const { body } = await page.get(`/api/outbox/rejected?service=note-service&topic=${topic}`);
  return body.services[0].rejected.value.rows;
}

async function written(topic: string): Promise<unknown> {
  return notes.dataSource.query(
    `SELECT (SELECT count(*)::integer FROM outbox WHERE aggregatetype = $1) AS rows,
            (SELECT count(*)::integer FROM outbox_audit WHERE dropped->>'aggregatetype' = $1 OR dropped IS NULL) AS acts`,
    [topic],
  );
}

const dryRun = async (act: 'retry' | 'drop', selection: object) =>
  page.post(`/api/outbox/rejected/${act}`, { dryRun: true, service: 'note-service', ...selection });

it('rows that the broker rejects are listed for each service, and one that does not answer has the reason', async () => {
  const [eventId] = await rejectRows('topic-to-list', 1);
  const { status, body } = await page.get('/api/outbox/rejected?topic=topic-to-list');
  expect(status).toBe(200);
  expect(body.services).toMatchObject([
    {
      service: 'note-service',
      rejected: {
        problem: null,
        value: { rows: [{ eventId, topic: 'topic-to-list', key: '1', error: expect.stringMatching(/./) }], next: null },
      },
    },
    { service: 'lost-service', rejected: { value: null, problem: { source: 'lost-service' } } },
  ]);
});

it('a dry run shows the rows and writes nothing', async () => {
  const ids = await rejectRows('topic-to-look-at', 2);
  const before = await written('topic-to-look-at');
  const { status, body } = await dryRun('drop', { filter: { topic: 'topic-to-look-at' } });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    service: 'note-service',
    result: { dryRun: true, more: false },
    token: expect.any(String),
  });
  expect(body.result.rows.map((row: { eventId: string }) => row.eventId)).toEqual(ids);
  expect(await written('topic-to-look-at')).toEqual(before);
});

it('a drop that is sent twice is done once, and is on record with its operator', async () => {
  const [eventId] = await rejectRows('topic-to-drop', 1);
  const { token } = (await dryRun('drop', { ids: [eventId] })).body;
  const answers = await Promise.all(
    [1, 2].map(async () => page.post('/api/outbox/rejected/drop', { dryRun: false, token, by: 'hana' })),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toMatchObject({ status: 200, body: { result: { rows: [{ eventId }] }, token: null } });
  expect(await listed('topic-to-drop')).toEqual([]);
  const { rows } = (await page.get('/api/failures/audit?service=note-service')).body.services[0].audit.value;
  expect(rows.filter((row: { eventId: string }) => row.eventId === eventId)).toMatchObject([
    { about: 'outbox-row', action: 'drop', by: 'hana' },
  ]);
  const journey = await page.get(`/api/journeys/${eventId}`);
  const params = { eventId, by: 'hana', service: 'note-service' };
  expect(journey).toMatchObject({ status: 404, body: { said: { code: 'event-dropped', params } } });
});

it('a drop by filter takes 500 rows, and its token goes on with those that the broker rejects next', async () => {
  await rejectRows('topic-to-empty', 501);
  const { token } = (await dryRun('drop', { filter: { topic: 'topic-to-empty' } })).body;
  const first = await page.post('/api/outbox/rejected/drop', { dryRun: false, token, by: 'hana' });
  expect(first.body).toMatchObject({ result: { more: true }, token: expect.any(String) });
  expect(first.body.result.rows).toHaveLength(500);
  await expect.poll(async () => (await listed('topic-to-empty')).length, { timeout: 30_000 }).toBe(1);
  const second = await page.post('/api/outbox/rejected/drop', { dryRun: false, token: first.body.token, by: 'hana' });
  expect(second.body).toMatchObject({ result: { rows: [{ key: '501' }], more: false }, token: null });
});

it('a retry is on record with its operator, and gives no token to go on: the row is found until it is published', async () => {
  const [eventId] = await rejectRows('topic-to-retry', 1);
  const { token } = (await dryRun('retry', { ids: [eventId] })).body;
  const { body } = await page.post('/api/outbox/rejected/retry', { dryRun: false, token, by: 'duri' });
  expect(body).toMatchObject({ result: { dryRun: false, rows: [{ eventId }] }, token: null });
  expect(
    await notes.dataSource.query('SELECT action, by_whom FROM outbox_audit WHERE event_id = $1', [eventId]),
  ).toEqual([{ action: 'retry', by_whom: 'duri' }]);
});

it.each([
  ['the token of a retry drops nothing', 'retry', 'drop', 409],
  ['the token of rows redrives no dead letter', 'drop', 'failures/drop', 409],
] as const)('%s', async (_, prepared, act, status) => {
  const [eventId] = await rejectRows(`topic-of-${prepared}`, 1);
  const { token } = (await dryRun(prepared, { ids: [eventId] })).body;
  const path = act === 'drop' ? '/api/outbox/rejected/drop' : `/api/${act}`;
  const answer = await page.post(path, { dryRun: false, token, by: 'hana' });
  expect(answer).toMatchObject({ status, body: { said: { code: 'no-dry-run', params: { minutes: '5' } } } });
  expect(await listed(`topic-of-${prepared}`)).toHaveLength(1);
});

it.each([
  ['a filter without a condition', { dryRun: true, service: 'note-service', filter: {} }, 400],
  ['neither ids nor filter', { dryRun: true, service: 'note-service' }, 400],
  ['an act without the name of the operator', { dryRun: false, token: 'none', by: ' ' }, 400],
  ['a service that there is not', { dryRun: true, service: 'nothing', ids: ['1'] }, 404],
])('%s is refused', async (_, body, status) => {
  const answer = await page.post('/api/outbox/rejected/drop', body);
  expect(answer).toMatchObject({ status, body: { detail: expect.stringMatching(/./), next: expect.any(String) } });
});
