import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveJson } from '../testing/serve-json.ts';
import type { JsonServer } from '../testing/serve-json.ts';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';

/** Of another version than the console. The ledger of this one is read by e2e/console.e2e.spec.ts. */
let other: JsonServer;
let page: ConsoleUnderTest;

beforeAll(async () => {
  other = await serveJson(() => [{ id: '7', status: 'burnt' }]);
  page = await startConsole({ KAFKA_BROKERS: '127.0.0.1:1', SERVICES: `mail-service=${other.url}` });
});
afterAll(async () => {
  await page?.close();
  await other?.close();
});

it('a mail-service of another version is reported as such', async () => {
  expect(await page.get('/api/mails')).toMatchObject({
    status: 502,
    body: {
      detail: expect.stringContaining('mail-service answers in a form'),
      next: expect.stringContaining('versions'),
    },
  });
});

it.each(['?status=burnt', '?colour=red', '?after=x'])(
  'a list that cannot be, %s, is refused with a sentence and the next step',
  async (query) => {
    const answer = await page.get(`/api/mails${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ detail: expect.stringMatching(/./), next: expect.any(String) });
  },
);
