import { afterAll, beforeAll, expect, it } from 'vitest';
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

it('each service has its outbox and its inbox, and one that does not answer has the reason', async () => {
  await notes.publish('tea');
  await expect
    .poll(async () => (await page.get('/api/outbox')).body.services[0].inbox.value?.counts)
    .toContainEqual({ group: 'note-service', handler: 'note.written', state: 'done', rows: 1 });
  const { status, body } = await page.get('/api/outbox');
  expect(status).toBe(200);
  const [note, lost] = body.services;
  expect(note.outbox).toMatchObject({ problem: null, value: { service: 'note-service', waiting: 0, rejected: 0 } });
  expect(lost.outbox).toMatchObject({
    value: null,
    at: null,
    problem: { source: 'lost-service', address: 'http://127.0.0.1:1', setting: 'SERVICES_ADMIN' },
  });
  expect(lost.outbox.problem.said).toEqual({
    code: 'source-unavailable',
    params: {
      source: 'lost-service',
      address: 'http://127.0.0.1:1',
      setting: 'SERVICES_ADMIN',
      reason: expect.stringMatching(/./),
    },
  });
  expect(lost.outbox.problem.detail).toMatch(/^lost-service at .* does not answer /);
});

it('the dead letters of a service are those that are open, also those of records that have no row in its inbox', async () => {
  await notes.publish('dead: oolong');
  await expect.poll(async () => (await page.get('/api/outbox')).body.services[0].dead).toBe(1);
  await notes.copyLetters(2);
  const [note, lost] = (await page.get('/api/outbox')).body.services;
  expect([note.dead, lost.dead]).toEqual([3, null]);
  expect((await page.get('/api/failures/dead?service=note-service')).body.rows).toHaveLength(3);
});

it('several tabs are one request to the service', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, async () => page.get('/api/outbox/note-service')));
  // The service runs three at once and refuses more.
  expect(answers.map(({ body }) => body.problem)).toEqual(answers.map(() => null));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body.value))).size).toBe(1);
});

it.each([
  ['nothing', 404, 'The console knows no admin endpoints of nothing.'],
  ['note-service?after=x', 400, 'note-service: after must be the `next` of the page before.'],
  ['note-service?before=x', 400, expect.stringContaining('before')],
])('a page that cannot be, %s, is answered with a sentence and the next step', async (path, status, detail) => {
  const answer = await page.get(`/api/outbox/${path}`);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ detail, next: expect.any(String) });
});
