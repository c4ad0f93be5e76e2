import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADDRESS_FIELDS } from '../scoreboard/owed-mails.ts';
import { serveJson } from '../testing/serve-json.ts';
import type { JsonServer } from '../testing/serve-json.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

let notes: NoteService;
let ledger: JsonServer;
let page: ConsoleUnderTest;
const tab = new AbortController();

beforeAll(async () => {
  notes = await startNoteService();
  ledger = await serveJson(() => []);
  page = await startConsole({
    KAFKA_BROKERS: notes.bus.address,
    SERVICES: `mail-service=${ledger.url}`,
    SERVICES_ADMIN: `member-service=${notes.adminUrl}`,
  });
  // Figures are read seldom while no tab is open.
  await fetch(`${page.url}/api/stream`, { signal: tab.signal });
  await notes.bus.close();
});
afterAll(async () => {
  tab.abort();
  await page?.close();
  await ledger?.close();
  await notes?.close();
});

it('the addresses of events are found by their contracts', () => {
  expect(ADDRESS_FIELDS).toEqual(['email', 'customer.email']);
});

it('an event that waits in the outbox has its address and its place, although no consumer has reported it', async () => {
  const eventId = randomUUID();
  await notes.dataSource.query(
    `INSERT INTO outbox (id, source, aggregatetype, aggregateid, type, version, payload, payload_bytes)
     VALUES ($1, 'member-service', 'member', 'member-1', 'member.signed-up', 1, '{"email":"hana@example.com"}', 30)`,
    [eventId],
  );
  const waiting = { eventId, about: 'hana@example.com', state: 'in-flight', path: { status: null, record: null } };
  await expect.poll(async () => (await page.get('/api/journeys')).body.journeys).toMatchObject([waiting]);
  expect((await page.get(`/api/journeys/${eventId}`)).body).toMatchObject({
    ...waiting,
    waits: { kind: expect.stringMatching(/^(broker-unavailable|no-relay|next)$/) },
  });
});
