import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAILS_LISTED_MAX } from '../limits.ts';
import { serveJson } from '../testing/serve-json.ts';
import type { JsonServer } from '../testing/serve-json.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

const eventId = '0199f1c2-7d50-7001-8a00-000000000001';
const messageId = `<${eventId}.welcome@example.com>`;

/** As `GET /mails` of mail-service answers; the whole path is tested with the real one, by e2e. */
const row = {
  id: '7',
  eventId,
  template: 'welcome',
  recipient: 'hana@example.com',
  subject: '<b>환영합니다</b>',
  status: 'accepted',
  ambiguous: false,
  messageId,
  attempts: 1,
  group: 'mail-service',
  topic: 'member',
  partition: 0,
  offset: '1',
  error: null,
  createdAt: '2026-11-21T09:00:00.000Z',
  acceptedAt: '2026-11-21T09:00:01.000Z',
};
const stored = { id: 'x1', html: '<script>alert(1)</script>', text: 'hi', headers: { 'message-id': messageId } };

let sources: JsonServer;
let page: ConsoleUnderTest;
let rows: object[] = [row];
const seen: string[] = [];

beforeAll(async () => {
  sources = await serveJson((asked) => {
    seen.push(asked.pathname + asked.search);
    if (asked.pathname !== '/api/email') return rows;
    return asked.searchParams.get('headers.message-id') === messageId ? [stored] : [];
  });
  page = await startConsole({
    KAFKA_BROKERS: '127.0.0.1:1',
    SERVICES: `mail-service=${sources.url}`,
    MAILDEV_URL: sources.url,
  });
});
afterAll(async () => {
  await page?.close();
  await sources?.close();
});

it('mails are listed as the ledger has them, and ambiguous ones are shown as such', async () => {
  rows = [row, { ...row, eventId: 'other', ambiguous: true }];
  const { body } = await page.get('/api/mails?to=hana@example.com');
  expect(body.rows).toMatchObject([
    { id: `welcome:${eventId}`, to: 'hana@example.com', status: 'accepted', messageId },
    { id: 'welcome:other', status: 'ambiguous' },
  ]);
  await page.get('/api/mails?status=ambiguous&after=7');
  expect(seen.at(-1)).toContain('before=7&ambiguous=true');
  await page.get('/api/mails?status=claimed');
  expect(seen.at(-1)).toContain('status=handing-over&ambiguous=false');
});

it('a list goes on behind its last mail, until a page is not full', async () => {
  rows = Array.from({ length: MAILS_LISTED_MAX }, (_, n) => ({ ...row, id: String(1_000 - n), eventId: `event-${n}` }));
  const { body } = await page.get('/api/mails');
  expect(body).toMatchObject({ next: String(1_001 - MAILS_LISTED_MAX) });
  rows = [row];
  expect((await page.get(`/api/mails?after=${body.next}`)).body).toMatchObject({ rows: [{}], next: null });
  expect(seen.at(-1)).toContain(`before=${body.next}`);
});

it('a mail has its body where MailDev keeps it, found by its Message-ID, and is untouched text for the page', async () => {
  rows = [row];
  const { status, body } = await page.get(`/api/mails/${encodeURIComponent(`welcome:${eventId}`)}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ subject: '<b>환영합니다</b>', body: { html: stored.html, text: 'hi' } });
  expect(body.body.address).toMatch(/#\/email\/x1$/);
});

it('a mail whose body is not kept is shown without it', async () => {
  rows = [{ ...row, messageId: '<lost@example.com>' }];
  expect((await page.get(`/api/mails/welcome:${eventId}`)).body).toMatchObject({ to: 'hana@example.com', body: null });
});

it('a mail-service of another version is reported as such', async () => {
  rows = [{ ...row, status: 'burnt' }];
  expect(await page.get('/api/mails')).toMatchObject({
    status: 502,
    body: { detail: expect.stringContaining('status'), next: expect.stringContaining('versions') },
  });
});

it.each([
  ['?status=burnt', 400],
  ['?colour=red', 400],
  ['?after=x', 400],
  ['/welcome:none', 404],
  ['/nothing', 404],
])('what cannot be, %s, is answered with a sentence and the next step', async (path, status) => {
  rows = [];
  const answer = await page.get(`/api/mails${path}`);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ detail: expect.stringMatching(/./), next: expect.any(String) });
});
