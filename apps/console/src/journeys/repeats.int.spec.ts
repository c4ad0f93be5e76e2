import { inboxAnswer } from '@event-bus/service-kit/admin';
import type { InboxAnswer } from '@event-bus/service-kit/admin';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { noteWritten, startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

let notes: NoteService;
let page: ConsoleUnderTest;

beforeAll(async () => {
  notes = await startNoteService();
});
afterAll(async () => {
  await page?.close();
  await notes?.close();
});

async function inboxOf(eventId: string): Promise<InboxAnswer> {
  return inboxAnswer.parse(await (await fetch(`${notes.adminUrl}/admin/inbox?eventId=${eventId}`)).json());
}

it('a journey has the duplicates that a service skipped before the console was started', async () => {
  const [eventId = ''] = await notes.publish('tea');
  await until('the note to be handled', async () => (await inboxOf(eventId)).rows[0]?.state === 'done');
  await notes.bus.publish(noteWritten, { text: 'tea' }, { eventId });
  await until('the duplicate to be skipped', async () => (await inboxOf(eventId)).repeats.records === 1);
  page = await startConsole({ KAFKA_BROKERS: notes.bus.address, SERVICES_ADMIN: `note-service=${notes.adminUrl}` });
  const { body } = await page.get(`/api/journeys/${eventId}`);
  expect(body.groups).toMatchObject([
    { group: 'note-service', attempts: [{ outcome: 'repeated', record: 'note/0@1', error: null }] },
  ]);
  expect(body.path).toMatchObject({ record: 'note/0@0', attempts: 1 });
});
