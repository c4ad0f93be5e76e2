import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLabResults } from '../../src/lab/lab-results.ts';
import { CHROMIUM } from '../testing/chromium.ts';
import { faintTexts } from '../testing/faint-texts.ts';
import { inChromium } from '../testing/in-chromium.ts';
import { PAGE_MS_MAX } from '../testing/open-page.ts';
import { serveFixture } from '../testing/serve-fixture.ts';
import { en } from '../words/en.ts';
import { ko } from '../words/ko.ts';

const WIDTHS = [390, 720, 1_280];
const CONTRAST_LEAST = 4.5;
const results = await readLabResults();
const [first] = results.sentences;

describe.skipIf(CHROMIUM === undefined)('the lab in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let served: Awaited<ReturnType<typeof serveFixture>>;
  let page: Page;

  beforeAll(async () => {
    served = await serveFixture();
  });
  afterAll(() => served?.[Symbol.asyncDispose]());
  beforeEach(() => {
    served.answer('/api/lab', () => results);
  });

  async function open(path: string, language = 'en', theme = 'light'): Promise<void> {
    page = await pages.open(`${served.address}${path}`, { language, theme });
    await page.locator('main table, main .empty').first().waitFor();
  }

  it.each([
    ['en', 'light'],
    ['ko', 'dark'],
  ] as const)(
    'in %s and %s colours fits each width, is legible and has all its words',
    async (language, theme) => {
      await open(`/lab/${first!.id}`, language, theme);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect({ width, tooWide }).toEqual({ width, tooWide: 0 });
        expect({ width, faint: await page.evaluate(faintTexts, CONTRAST_LEAST) }).toEqual({ width, faint: [] });
      }
      const text = await page.locator('main').innerText();
      expect(Object.keys(en).filter((word) => text.includes(word))).toEqual([]);
      expect(text).toContain(first!.tooSimple[language]);
      expect(pages.errors).toEqual([]);
    },
    PAGE_MS_MAX,
  );

  it('has a row for each sentence and a column for each system, with verdict and figure', async () => {
    await open('/lab');
    const table = page.getByRole('table', { name: en['view.lab'] });
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
      en['lab.sentence'],
      ...results.systems.map(({ title }) => title),
    ]);
    expect(await table.locator('tbody tr').count()).toBe(results.sentences.length);
    const failed = results.sentences.find(({ cells }) => cells.some(({ verdict }) => verdict === 'does not hold'))!;
    const column = failed.cells.findIndex(({ verdict }) => verdict === 'does not hold');
    const cell = table
      .getByRole('row', { name: failed.claim.en })
      .getByRole('cell')
      .nth(column + 1);
    expect(await cell.innerText()).toContain(en['lab.does-not-hold']);
    expect(await cell.innerText()).toContain(failed.cells[column]!.figure!.en);
  });

  it('opens the details by the keyboard alone, and Esc gives the focus back to the row', async () => {
    await open('/lab');
    const row = page.getByRole('row', { name: first!.claim.en }).first();
    await row.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: en['lab.details'] }).getByText(first!.method.en).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/lab/${first!.id}`);
    await page.keyboard.press('Escape');
    await expect.poll(async () => row.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(new URL(page.url()).pathname).toBe('/lab');
  });

  it('opened by a link it shows the details and gives them the focus, with the last sentence at each width', async () => {
    const last = results.sentences.at(-1)!;
    for (const width of WIDTHS) {
      await open('/');
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${served.address}/lab/${last.id}`);
      const details = page.getByRole('region', { name: en['lab.details'] });
      await expect.poll(async () => details.evaluate((element) => element === document.activeElement)).toBe(true);
      const { top, y, covered } = await details.evaluate((element) => ({
        top: element.getBoundingClientRect().top,
        y: globalThis.scrollY,
        covered: document.querySelector('.scoreboard')!.getBoundingClientRect().bottom,
      }));
      expect(y).toBeGreaterThan(0);
      expect({ width, isShown: top >= covered && top < 600 }).toEqual({ width, isShown: true });
      await page.keyboard.press('Escape');
      await page.waitForURL('**/lab');
    }
  });

  it('is reached by g and l', async () => {
    await open('/lab');
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await page.waitForURL('**/journeys');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('table', { name: en['view.lab'] }).waitFor();
  });

  it('without results says where they are', async () => {
    served.answer('/api/lab', () => ({ systems: [], sentences: [] }));
    await open('/lab', 'ko');
    await page.getByText(ko['lab.none']).waitFor();
  });

  it('of a sentence that the lab does not have keeps the others', async () => {
    await open('/lab/99z');
    await page.getByText('The lab has no sentence 99z.').waitFor();
    expect(await page.getByRole('table', { name: en['view.lab'] }).locator('tbody tr').count()).toBe(
      results.sentences.length,
    );
  });
});
