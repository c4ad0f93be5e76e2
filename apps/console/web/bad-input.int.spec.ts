import { openBroker } from '@event-bus/messaging-client/inspect';
import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveJson } from '../src/testing/serve-json.ts';
import type { JsonServer } from '../src/testing/serve-json.ts';
import { startConsole } from '../src/testing/start-console.ts';
import type { ConsoleUnderTest } from '../src/testing/start-console.ts';
import { startNoteService } from '../src/testing/start-note-service.ts';
import type { NoteService } from '../src/testing/start-note-service.ts';
import { CHROMIUM } from './testing/chromium.ts';
import { inChromium } from './testing/in-chromium.ts';
import { openPage, PAGE_MS_MAX } from './testing/open-page.ts';
import { serveFixture } from './testing/serve-fixture.ts';
import { en } from './words/en.ts';
import { ko } from './words/ko.ts';

/** An address that leads nowhere, and what the page says about it. */
const WRONG: ReadonlyArray<readonly [address: string, sentence: RegExp]> = [
  ['/nowhere', /There is no page at this address/],
  ['/%E0%A4%A', /There is no page at this address/],
  ['/journeys/nothing', /No source knows the event nothing/],
  ['/journeys/%E0%A4%A', /No source knows the event %E0%A4%A/],
  ['/journeys/%00', /No source knows the event \0\. Search by address/],
  ['/journeys?q=nothing', /No journey found for “nothing”/],
  [`/journeys?q=${'x'.repeat(400)}`, /q: .*320/],
  ['/topics/nothing', /There is no topic nothing/],
  ['/topics/note/0/99999', /note\/0 has no record at offset 99999/],
  ['/topics/note/99/0', /note has no partition 99/],
  ['/topics/note/x/-1', /partition: must be a whole number; offset: must be a whole number/],
  [
    '/topics/note?filter=colour',
    /“colour” is not field=value with one of the fields type, key, .*value\.PATH\. Correct the filter/,
  ],
  ['/topics/note?filter=key%3Dnothing', /None of the newest records matches/],
  ['/groups/nothing', /no group nothing/i],
  ['/outbox?service=nothing', /The console reads no service nothing/],
  ['/failures/nothing', /There is no page at this address/],
  ['/failures/parked?service=nothing', /no address of nothing in SERVICES_ADMIN/],
  ['/failures/dead?event=nothing', /No dead letter matches the filters/],
  ['/failures/dead?group=nothing', /No dead letter matches the filters/],
  ['/failures/dead?age=1h', /no filter age, so it shows nothing\. Its filters: service, group, .*from, to, ids\./],
  ['/failures/dead?from=yesterday', /from is not a time: “yesterday”\. Write 2026-11-21T09:00:00Z/],
  ['/failures/resolved?reason=permanent&reason=expired', /reason is in the address more than once/],
  ['/failures/parked?reason=permanent', /no filter reason/],
  ['/failures/audit?group=nothing', /no filter group/],
  ['/failures/dead/nothing/1', /no address of nothing in SERVICES_ADMIN/],
  ['/failures/dead/note-service/nothing', /note-service: .*nothing/],
  ['/failures/dead/note-service/01a1fde8-0017-7b63-95cf-2a4eab1dadef', /note-service: .*01a1fde8/],
  ['/mails?status=lost', /status: Invalid option/],
  ['/mails?to=nothing', /No mail matches the filters/],
  ['/mails/nothing', /The ledger has no mail nothing/],
  ['/contracts/nothing', /The catalog has no event nothing/],
  ['/chaos', /There is no page at this address/],
];

/** The address is in the title, and not all of it. */
const titled = WRONG.map(([address, sentence]) => [address.slice(0, 60), address, sentence] as const);

describe.skipIf(CHROMIUM === undefined)(
  'wrong addresses in Chromium (skipped where there is none)',
  { timeout: PAGE_MS_MAX },
  () => {
    const inBrowser = inChromium();
    const { errors } = inBrowser;
    const servers: JsonServer[] = [];
    let notes: NoteService;
    let served: ConsoleUnderTest;
    let page: Page;
    const pages = new Map<string, Page>();

    async function serve(answer: unknown): Promise<string> {
      const server = await serveJson(() => answer);
      servers.push(server);
      return server.url;
    }

    /** One page a language: a new one for each address would cost more than the address. */
    async function open(url: string, path: string, language = 'en'): Promise<void> {
      const address = `${url}${path}`;
      for (const [other, opened] of pages) {
        if (opened.url().startsWith(url)) continue;
        // The console of the case before has ended, and its page reports that.
        await opened.context().close();
        pages.delete(other);
      }
      const before = pages.get(language);
      errors.length = 0;
      await before?.goto(address);
      page = before ?? (await openPage(inBrowser.browser, address, errors, { language }));
      pages.set(language, page);
    }

    /** What stands in place of what is not there, with its next step. */
    const said = () => page.locator('main :is([role=alert], .empty, .card):has(:is(button, a, input))');

    beforeAll(async () => {
      notes = await startNoteService();
      served = await startConsole({
        KAFKA_BROKERS: notes.bus.address,
        SERVICES: `mail-service=${await serve([])}`,
        SERVICES_ADMIN: `note-service=${notes.adminUrl}`,
      });
      await notes.publish('dead: one', 'tea');
      await until('the dead letter', async () => (await served.get('/api/failures/counts')).body.dead === 1);
    }, PAGE_MS_MAX);
    afterAll(async () => {
      await served?.close();
      for (const server of servers) await server.close();
      await notes?.close();
    });

    it.each(titled)(
      '%s is a sentence with the next step in each language, and no error of the page',
      async (_, address, sentence) => {
        for (const [language, wanted] of [
          ['en', sentence],
          ['ko', /[가-힣]/],
        ] as const) {
          await open(served.url, address, language);
          await said().filter({ hasText: wanted }).first().waitFor();
          expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
          expect({ language, errors }).toEqual({ language, errors: [] });
        }
      },
    );

    it('a topic that is deleted while it is viewed keeps its last figures, and says what to do', async () => {
      const broker = await openBroker({ brokers: [notes.bus.address] }, { clientId: 'spec', requestTimeoutMs: 10_000 });
      await broker.admin.createTopics({ topics: [{ topic: 'short-lived', numPartitions: 2 }] });
      await open(served.url, '/topics/short-lived');
      await page.getByRole('table', { name: 'short-lived' }).waitFor();
      await broker.admin.deleteTopics({ topics: ['short-lived'] });
      await broker.close();
      await said().filter({ hasText: 'no topic short-lived' }).first().waitFor();
      await expect.poll(() => page.getByRole('table', { name: 'short-lived' }).count()).toBe(1);
      await page.getByRole('link', { name: /^note/ }).first().click();
      await page.getByRole('table', { name: 'note' }).waitFor();
      expect(errors).toEqual([]);
    });

    it.each([
      ['/', /Nothing has been published yet|Latest journeys/],
      ['/outbox', /old-service .*different|old-service answers in a form/],
      ['/failures/parked', /old-service answers in a form/],
      ['/failures/dead', /old-service answers in a form/],
      ['/failures/audit', /old-service answers in a form/],
      ['/failures/dead/old-service/1', /old-service answers in a form/],
      ['/mails', /mail-service answers in a form/],
      ['/mails/welcome:1', /mail-service answers in a form/],
      ['/journeys?q=hana@example.com', /mail-service answers in a form/],
    ])('%s names a service of another version', async (address, sentence) => {
      const old = await startConsole({
        KAFKA_BROKERS: notes.bus.address,
        SERVICES: `mail-service=${await serve([{}])}`,
        SERVICES_ADMIN: `old-service=${await serve({})}`,
      });
      try {
        await open(old.url, address);
        await page.getByRole('main').getByText(sentence).first().waitFor();
        expect(errors).toEqual([]);
      } finally {
        await old.close();
      }
    });

    it.each([
      ['en', en],
      ['ko', ko],
    ] as const)(
      'in %s an answer that the page cannot show is a sentence, and the other views go on',
      async (language, words) => {
        await using fixture = await serveFixture();
        fixture.answer('/api/outbox', () => ({ services: [{ service: 'old-service' }] }));
        await open(fixture.address, '/outbox', language);
        await page.getByRole('alert').getByText(words['problem.not-shown']).waitFor();
        await page.getByRole('button', { name: words['app.reload'] }).waitFor();
        await page.getByRole('link', { name: words['view.journeys'] }).first().click();
        await page.locator('main [data-row]').first().waitFor();
        expect(errors).toEqual([]);
      },
    );
  },
);
