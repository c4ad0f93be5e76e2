import { randomUUID } from 'node:crypto';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

const orderId = randomUUID();
const [order, mail] = [randomUUID(), randomUUID()];
let notes: NoteService;
let page: ConsoleUnderTest;

beforeAll(async () => {
  notes = await startNoteService();
  page = await startConsole({
    KAFKA_BROKERS: notes.bus.address,
    SERVICES_ADMIN: `mail-service=${notes.adminUrl}`,
  });
  await notes.dataSource.query(
    `INSERT INTO outbox (id, source, aggregatetype, aggregateid, type, version, payload)
     VALUES ($1, 'order-service', 'order', $2, 'order.completed', 1, jsonb_build_object('orderId', $2::text)),
            ($3, 'mail-service', 'mail', $1, 'email.sent', 1, jsonb_build_object('causedBy', $1::text)),
            (gen_random_uuid(), 'mail-service', 'email', 'another', 'email.requested', 1, jsonb_build_object('about', $1::text))`,
    [order, orderId, mail],
  );
});
afterAll(async () => {
  await page?.close();
  await notes?.close();
});

it('a journey names what its event caused, and nothing that only mentions the event', async () => {
  const { body } = await page.get(`/api/journeys/${order}`);
  expect(body.causes).toEqual([{ eventId: mail, event: 'email.sent', direction: 'caused' }]);
});

it('a journey names the event that caused it', async () => {
  const { body } = await page.get(`/api/journeys/${mail}`);
  expect(body.causes).toEqual([{ eventId: order, event: 'order.completed', direction: 'caused-by' }]);
});

it('a search finds an event that was caused by its own id alone', async () => {
  // On a busy machine a source may not answer in its time: the search says so then, and is done again.
  const found = async (text: string) =>
    until(`${text} to be found`, async () => {
      const { body } = await page.get(`/api/journeys?q=${text}`);
      return body.journeys.length > 0 && body.journeys.map(({ eventId }: { eventId: string }) => eventId);
    });
  expect(await found(mail)).toEqual([mail]);
  expect(await found(orderId)).toEqual([order]);
});
