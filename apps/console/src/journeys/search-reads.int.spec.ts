import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JOURNEYS_FOUND_MAX } from '../limits.ts';
import { serveJson } from '../testing/serve-json.ts';
import type { JsonServer } from '../testing/serve-json.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

// While no tab is open, the console reads nothing every second: what is counted is what a search reads.

let notes: NoteService;
let counted: Server;
let ledger: JsonServer;
let page: ConsoleUnderTest;
const asked: string[] = [];

beforeAll(async () => {
  notes = await startNoteService();
  counted = createServer((request, response) => {
    // Nothing is counted of the stream, and it does not end.
    if (request.url === '/admin/events') {
      response.writeHead(404).end();
      return;
    }
    asked.push(request.url!);
    void fetch(`${notes.adminUrl}${request.url}`).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  }).listen(0, '127.0.0.1');
  await once(counted, 'listening');
  ledger = await serveJson(({ pathname, search }) => {
    if (pathname === '/mails') asked.push(`${pathname}${search}`);
    return pathname === '/mails' ? [] : undefined;
  });
  page = await startConsole({
    KAFKA_BROKERS: notes.bus.address,
    SERVICES: `mail-service=${ledger.url}`,
    SERVICES_ADMIN: `mail-service=http://127.0.0.1:${(counted.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await page?.close();
  counted?.closeAllConnections();
  counted?.close();
  await ledger?.close();
  await notes?.close();
});

const noted = (path: string) => path.startsWith('/mails') || /^\/admin\/(outbox|inbox|parked|dead-letters)/.test(path);

async function readsOf(query: string): Promise<{ readonly found: string[]; readonly reads: number }> {
  asked.length = 0;
  const { body } = await page.get(`/api/journeys?q=${query}`);
  expect(body.problems).toEqual([]);
  return { found: body.journeys.map(({ eventId }: { eventId: string }) => eventId), reads: asked.filter(noted).length };
}

it('a search that finds many events asks each source as often as one that finds two', async () => {
  const few = await notes.publish('few one', 'few two');
  const many = await notes.publish(...Array.from({ length: JOURNEYS_FOUND_MAX }, (_, index) => `many ${index}`));
  const [two, fifty] = [await readsOf('few'), await readsOf('many')];
  expect(two.found.toSorted()).toEqual(few.toSorted());
  expect(fifty.found.toSorted()).toEqual(many.toSorted());
  expect(two.reads).toBeGreaterThan(0);
  expect(fifty.reads).toBe(two.reads);
});

it('each event found has what its own journey has', async () => {
  const ids = await notes.publish('mixed kept', 'dead mixed');
  await until('both to be handled', async () => {
    const states = await Promise.all(ids.map(async (id) => (await page.get(`/api/journeys/${id}`)).body.state));
    return states[0] === 'published' && states[1] === 'dead';
  });
  const { body } = await page.get('/api/journeys?q=mixed');
  const alone = await Promise.all(ids.map(async (id) => (await page.get(`/api/journeys/${id}`)).body));
  for (const journey of alone) {
    const { eventId, state, at, path } = journey;
    expect(body.journeys).toContainEqual(expect.objectContaining({ eventId, state, at, path }));
  }
});
