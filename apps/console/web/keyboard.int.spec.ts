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
import { expectTabStopsShown, focusOf } from './testing/focus.ts';
import { inChromium } from './testing/in-chromium.ts';
import { PAGE_MS_MAX } from './testing/open-page.ts';
import { en } from './words/en.ts';

const MAIL = {
  id: '1',
  eventId: '01a1fde8-0017-7b63-95cf-2a4eab1dadef',
  template: 'welcome',
  recipient: 'hana@example.com',
  subject: 'Welcome',
  status: 'accepted',
  ambiguous: false,
  messageId: '<1@event-bus.example>',
  attempts: 1,
  error: null,
  answer: '250 OK',
  createdAt: '2026-11-21T00:12:02.930Z',
  acceptedAt: '2026-11-21T00:12:03.930Z',
};

describe.skipIf(CHROMIUM === undefined)(
  'the keyboard alone, in Chromium (skipped where there is none)',
  { timeout: PAGE_MS_MAX },
  () => {
    const pages = inChromium();
    let notes: NoteService;
    let ledger: JsonServer;
    let served: ConsoleUnderTest;
    let page: Page;

    beforeAll(async () => {
      notes = await startNoteService();
      ledger = await serveJson(() => [MAIL]);
      served = await startConsole({
        KAFKA_BROKERS: notes.bus.address,
        SERVICES: `mail-service=${ledger.url}`,
        SERVICES_ADMIN: `note-service=${notes.adminUrl}`,
      });
      await notes.publish('dead: one', 'dead: two', 'tea');
      await until('both dead letters', async () => (await served.get('/api/failures/counts')).body.dead === 2);
      page = await pages.open(served.url);
    }, PAGE_MS_MAX);
    afterAll(async () => {
      await served?.close();
      await ledger?.close();
      await notes?.close();
    });

    const pathOfPage = () => decodeURIComponent(page.url().slice(served.url.length));

    it('reaches every view by its letters', async () => {
      await page.getByRole('heading', { level: 1 }).waitFor();
      for (const [key, view] of [
        ['j', 'journeys'],
        ['t', 'topics'],
        ['c', 'groups'],
        ['o', 'outbox'],
        ['f', 'failures'],
        ['i', 'mails'],
        ['e', 'contracts'],
        ['m', 'map'],
      ] as const) {
        await page.keyboard.press('g');
        await page.keyboard.press(key);
        await page.getByRole('heading', { level: 1, name: en[`view.${view}`] }).waitFor();
        expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
      }
    });

    it.each([
      ['/failures/dead', /dead: two/, /^\/failures\/dead\/note-service\/.+/],
      ['/topics/note', /tea/, /^\/topics\/note\/0\/2$/],
      ['/mails', /hana@example\.com/, /^\/mails\/welcome:.+/],
    ])('%s: Enter opens a row and goes into it, Esc closes it and goes back to the row', async (list, text, opened) => {
      await page.goto(`${served.url}${list}`);
      const row = page.getByRole('row', { name: text });
      await row.waitFor();
      const isFocused = () => row.evaluate((element) => element === document.activeElement);
      for (let rows = 0; rows < 3 && !(await isFocused()); rows += 1) await page.keyboard.press('j');
      expect(await isFocused()).toBe(true);
      expect(await focusOf(page)).toMatchObject({ isShown: true });
      await page.keyboard.press('Enter');
      await expect.poll(pathOfPage).toMatch(opened);
      await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('detail');
      await page.locator('.detail :is(a, button)').first().waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('.detail') !== null)).toBe(true);
      await page.keyboard.press('Escape');
      await expect.poll(pathOfPage).toBe(list);
      await expect.poll(isFocused).toBe(true);
    });

    it('filters by a field and by a list, and a letter is discarded after its dry run, with the focus back in the view', async () => {
      await page.goto(`${served.url}/failures/dead`);
      await page.getByRole('row', { name: /dead: one/ }).waitFor();
      await page.getByRole('searchbox', { name: en['failure.search-error'] }).focus();
      await page.keyboard.type('one');
      await page.getByRole('row', { name: /dead: two/ }).waitFor({ state: 'detached' });
      await page.getByRole('combobox', { name: en['failure.reason'] }).focus();
      await page.keyboard.type('permanent');
      await expect.poll(pathOfPage).toContain('reason=permanent');
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('Space');
      await page.getByRole('button', { name: en['failure.drop'] }).focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('cell', { name: 'note.written' }).waitFor();
      await dialog.getByRole('textbox').focus();
      await page.keyboard.type('hana');
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('row', { name: /dead: one/ }).waitFor({ state: 'detached' });
      expect(await notes.dataSource.query('SELECT action, by_whom FROM dead_letter_audit')).toEqual([
        { action: 'drop', by_whom: 'hana' },
      ]);
      await expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true);
    });

    it.each([
      '/',
      '/journeys',
      '/topics/note/0/2',
      '/groups/note-service',
      '/outbox',
      '/failures/parked',
      '/failures/dead',
      '/failures/audit',
      '/mails/welcome:01a1fde8-0017-7b63-95cf-2a4eab1dadef',
      '/contracts/order.completed',
    ])('%s: each stop of the Tab key is in sight and marked, and the last leaves the page', async (view) => {
      await page.goto(`${served.url}${view}`);
      await page.locator('main :is(table, .empty, .card)').first().waitFor();
      await page.keyboard.press('p');
      await expectTabStopsShown(page);
    });

    it('has complained of nothing', () => expect(pages.errors).toEqual([]));
  },
);
