import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startConsole } from '../../../src/testing/start-console.ts';
import type { ConsoleUnderTest } from '../../../src/testing/start-console.ts';
import { startNoteService } from '../../../src/testing/start-note-service.ts';
import type { NoteService } from '../../../src/testing/start-note-service.ts';
import { CHROMIUM } from '../../testing/chromium.ts';
import { faintTexts } from '../../testing/faint-texts.ts';
import { inChromium } from '../../testing/in-chromium.ts';
import type { Look } from '../../testing/open-page.ts';
import { en } from '../../words/en.ts';

const WIDTHS = [390, 1_280, 1_920];
const CONTRAST_LEAST = 4.5;
/** More than one page of the list. */
const ROWS_OF_THREE_PAGES = 1_001;

describe.skipIf(CHROMIUM === undefined)('rejected rows in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let notes: NoteService;
  let served: ConsoleUnderTest;
  let page: Page;

  beforeAll(async () => {
    notes = await startNoteService();
    served = await startConsole({ KAFKA_BROKERS: notes.bus.address, SERVICES_ADMIN: `note-service=${notes.adminUrl}` });
    await reject('topic-to-look-at', 3);
  });
  afterAll(async () => {
    await served?.close();
    await notes?.close();
  });

  async function open(path: string, look?: Look): Promise<void> {
    page = await pages.open(`${served.url}${path}`, look);
  }

  /** Rows of a topic of their own. @returns the ids of their events, when all are rejected */
  async function reject(topic: string, count: number): Promise<string[]> {
    const ids = await notes.appendToNoTopic(topic, count);
    await until(`${count} rows of ${topic} to be rejected`, async () => {
      const { body } = await served.get(`/api/outbox/rejected?service=note-service&topic=${topic}`);
      return body.services[0].rejected.value.rows.length === Math.min(count, 500);
    });
    return ids;
  }

  const acts = async (eventId: string) =>
    notes.dataSource.query('SELECT action, by_whom FROM outbox_audit WHERE event_id = $1', [eventId]);

  const rowOf = (key: string) => page.getByRole('row', { name: new RegExp(` ${key} `) });

  describe.each(['en', 'ko'])('in %s', (language) => {
    it.each(['light', 'dark'])(
      'in %s colours the list fits each width, is legible and has all its words',
      async (theme) => {
        await open('/outbox/rejected?topic=topic-to-look-at', { language, theme });
        await page.getByRole('cell', { name: 'note.written' }).first().waitFor();
        await page.getByRole('checkbox').first().click();
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect({ width, tooWide }).toEqual({ width, tooWide: 0 });
          expect({ width, faint: await page.evaluate(faintTexts, CONTRAST_LEAST) }).toEqual({ width, faint: [] });
        }
        const text = await page.locator('body').innerText();
        expect(Object.keys(en).filter((word) => text.includes(word))).toEqual([]);
        expect(pages.errors).toEqual([]);
      },
    );
  });

  const done = (text: string) => page.getByRole('status').filter({ hasText: text });

  it('the outbox leads to them, and one is retried by the keyboard alone, after its dry run', async () => {
    const [eventId] = await reject('topic-to-retry', 1);
    await open('/outbox');
    await page.getByRole('link', { name: en['outbox.rejected-show'] }).click();
    await page.getByRole('searchbox', { name: 'key' }).waitFor();
    await page.getByLabel('topic', { exact: true }).selectOption('topic-to-retry');
    await rowOf('topic-to-retry').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog', { name: 'Retry rejected rows: 1' });
    await dialog.getByRole('cell', { name: 'topic-to-retry' }).waitFor();
    expect(await acts(eventId!)).toEqual([]);
    await dialog.getByRole('textbox').focus();
    await page.keyboard.type('hana');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await acts(eventId!)).toEqual([{ action: 'retry', by_whom: 'hana' }]);
    await done('1 is sent to the broker again.').getByRole('link', { name: 'its journey' }).waitFor();
  });

  it('one is discarded, and leaves the list', async () => {
    const [dropped, kept] = await reject('topic-to-drop', 2);
    await open('/outbox/rejected?topic=topic-to-drop');
    await rowOf('1').getByRole('checkbox').check();
    await page.getByRole('button', { name: en['outbox.drop'] }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(en['outbox.drop-why']).waitFor();
    await dialog.getByRole('textbox').fill('duri');
    await dialog.getByRole('button', { name: 'Discard 1' }).click();
    await dialog.waitFor({ state: 'detached' });
    await rowOf('1').waitFor({ state: 'detached' });
    await rowOf('2').waitFor();
    expect(await acts(dropped!)).toEqual([{ action: 'drop', by_whom: 'duri' }]);
    expect(await acts(kept!)).toEqual([]);
    await done('1 discarded.').getByRole('link', { name: 'Audit' }).waitFor();
  });

  it('of many the first page is listed, then the next ones, and an act on all says what it leaves', async () => {
    await reject('topic-of-many', ROWS_OF_THREE_PAGES);
    await open('/outbox/rejected?topic=topic-of-many');
    const rows = async () => Number(await page.getByRole('table').getAttribute('aria-rowcount')) - 1;
    await expect.poll(rows).toBe(500);
    await page.getByRole('button', { name: en['list.more'] }).click();
    await expect.poll(rows).toBe(1_000);
    await page.getByRole('button', { name: en['list.more'] }).click();
    await expect.poll(rows).toBe(ROWS_OF_THREE_PAGES);
    await page.getByRole('button', { name: en['list.more'] }).waitFor({ state: 'detached' });
    await rowOf('1').getByRole('checkbox').click();
    await page.getByRole('button', { name: en['outbox.retry-all'] }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry rejected rows: 500' });
    await dialog.getByText(en['outbox.act-more']).waitFor();
    await dialog.getByRole('textbox').fill('hana');
    await dialog.getByRole('button', { name: 'Retry 500' }).click();
    await dialog.waitFor({ state: 'detached' });
    await done('500 are sent to the broker again. More rows match.').getByRole('button', { name: 'Go on…' }).click();
    await dialog.waitFor();
  });
});
