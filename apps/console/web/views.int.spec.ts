import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetterList } from '../src/api.ts';
import { serveJson } from '../src/testing/serve-json.ts';
import type { JsonServer } from '../src/testing/serve-json.ts';
import { startConsole } from '../src/testing/start-console.ts';
import type { ConsoleUnderTest } from '../src/testing/start-console.ts';
import { startNoteService } from '../src/testing/start-note-service.ts';
import type { NoteService } from '../src/testing/start-note-service.ts';
import { TABLE_ROWS_MAX } from './limits.ts';
import { CHROMIUM } from './testing/chromium.ts';
import { faintTexts } from './testing/faint-texts.ts';
import { inChromium } from './testing/in-chromium.ts';
import { unnamed } from './testing/unnamed.ts';
import { en } from './words/en.ts';

/** 320 is 1,280 at 400 %, and 640 is it at 200 %. */
const WIDTHS = [320, 390, 640, 1_280, 1_920];
const CONTRAST_LEAST = 4.5;
const LETTERS = 10_000;
/** Forty-five pages in a browser that shares its processors with other specs. */
const ALL_VIEWS_MS_MAX = 300_000;

describe.skipIf(CHROMIUM === undefined)('the views in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let notes: NoteService;
  let ledger: JsonServer;
  let served: ConsoleUnderTest;
  let page: Page;

  async function open(path: string, language = 'en', theme = 'light'): Promise<void> {
    page = await pages.open(`${served.url}${path}`, { language, theme });
    await page.locator('main table, main .empty, main .card .body').first().waitFor();
  }

  async function letters(): Promise<DeadLetterList['rows']> {
    return ((await served.get('/api/failures/dead')).body as DeadLetterList).rows;
  }

  beforeAll(async () => {
    notes = await startNoteService();
    ledger = await serveJson(() => []);
    served = await startConsole({
      KAFKA_BROKERS: notes.bus.address,
      SERVICES: `mail-service=${ledger.url}`,
      SERVICES_ADMIN: `note-service=${notes.adminUrl}`,
    });
    await notes.publish('dead: one', 'dead: two', 'tea');
    await until('both dead letters', async () => (await letters()).length === 2);
  });
  afterAll(async () => {
    await served?.close();
    await ledger?.close();
    await notes?.close();
  });

  describe.each(['en', 'ko'])('in %s', (language) => {
    it.each(['light', 'dark'])(
      'in %s colours each view fits each width, is legible, names its controls and has all its words',
      async (theme) => {
        const [letter] = await letters();
        const views = [
          '/topics/note/0/0',
          '/groups/note-service',
          '/outbox',
          '/failures/parked',
          `/failures/dead/note-service/${letter!.id}`,
          '/failures/resolved',
          '/failures/audit',
          '/mails',
          '/contracts/order.completed',
        ];
        for (const view of views) {
          await open(view, language, theme);
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 });
            const where = `${view} ${width}`;
            const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            expect({ where, tooWide }).toEqual({ where, tooWide: 0 });
            expect({ where, faint: await page.evaluate(faintTexts, CONTRAST_LEAST) }).toEqual({ where, faint: [] });
          }
          expect({ view, unnamed: await unnamed(page) }).toEqual({ view, unnamed: [] });
          const text = await page.locator('body').innerText();
          expect(Object.keys(en).filter((word) => text.includes(word))).toEqual([]);
          expect({ view, errors: pages.errors }).toEqual({ view, errors: [] });
        }
      },
      ALL_VIEWS_MS_MAX,
    );
  });

  it('what is not there is a sentence with the next step, and the rest of the view stays', async () => {
    await open('/topics/nothing');
    await page.getByText('There is no topic nothing.').first().waitFor();
    await page.getByRole('link', { name: /^note/ }).first().click();
    await page.getByRole('table', { name: 'note' }).waitFor();
  });

  it('a dead letter is redriven by the keyboard alone, after its dry run', async () => {
    await open('/failures/dead');
    await page.getByRole('row', { name: /dead: one/ }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('cell', { name: 'note.written' }).waitFor();
    expect(await notes.dataSource.query('SELECT * FROM dead_letter_audit')).toEqual([]);
    notes.allow('dead: one');
    await dialog.getByRole('textbox').focus();
    await page.keyboard.type('hana');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await notes.dataSource.query('SELECT action, by_whom FROM dead_letter_audit')).toEqual([
      { action: 'redrive', by_whom: 'hana' },
    ]);
    await page.getByRole('row', { name: /dead: one/ }).waitFor({ state: 'detached' });
    const done = page.getByRole('status').filter({ hasText: '1 redriven.' });
    await done.getByRole('link', { name: 'its journey' }).click();
    await page.waitForURL(/\/journeys\//);
  });

  it('an age is fixed in the address, and all that match are offered an act by that filter', async () => {
    await open('/failures/dead');
    await page.getByRole('combobox', { name: 'time' }).selectOption('last 7 days');
    await page.waitForURL(/[?]from=.*&to=/);
    const span = new URL(page.url()).searchParams;
    expect(Date.parse(span.get('to')!) - Date.parse(span.get('from')!)).toBe(7 * 86_400_000);
    const [act] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'POST'),
      page.getByRole('button', { name: 'Discard all 1…' }).click(),
    ]);
    expect(act.url()).toContain('/api/failures/drop');
    expect(act.postDataJSON()).toEqual({
      dryRun: true,
      service: 'note-service',
      filter: { from: span.get('from'), before: span.get('to') },
    });
    await page.getByRole('dialog').getByRole('cell', { name: 'note.written' }).waitFor();
    await page.goto(page.url().replace(/to=.*/, 'to=2020-01-01'));
    await page.getByText('No dead letter matches the filters.').waitFor();
    expect(await page.getByRole('button', { name: /^Discard all/ }).count()).toBe(0);
  });

  it('of ten thousand letters those in sight are in the document, and a filter shows what matches', async () => {
    await notes.copyLetters(LETTERS - 1);
    await open('/failures/dead');
    const table = page.getByRole('table');
    await expect.poll(async () => table.getAttribute('aria-rowcount')).toBe(String(LETTERS + 1));
    expect(await table.locator('tbody tr').count()).toBeLessThan(TABLE_ROWS_MAX);
    await table.locator('xpath=..').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator(`tr[aria-rowindex="${LETTERS + 1}"]`).waitFor();
    await page.getByRole('searchbox', { name: 'Search in errors' }).fill('NO SUCH TEXT');
    await page.getByText('No dead letter matches the filters.').waitFor();
    await page.getByRole('searchbox', { name: 'Search in errors' }).fill('two');
    await expect.poll(async () => table.getAttribute('aria-rowcount')).toBe(String(LETTERS + 1));
  });
});
