import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailList, MailSummary } from '../../src/api.ts';
import { TABLE_CARD_PX, TABLE_ROW_PX, TABLE_ROWS_MAX } from '../limits.ts';
import { CHROMIUM } from '../testing/chromium.ts';
import { journey } from '../testing/fixture.ts';
import { inChromium } from '../testing/in-chromium.ts';
import { serveFixture } from '../testing/serve-fixture.ts';
import { en } from '../words/en.ts';

const PAGE_ROWS = 500;

describe.skipIf(CHROMIUM === undefined)('the list of mails in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let served: Awaited<ReturnType<typeof serveFixture>>;
  let page: Page;
  /** Ids of the ledger, newest first. */
  const ledger = Array.from({ length: 1_200 }, (_, n) => 1_200 - n);

  const mail = (id: number): MailSummary => ({ ...journey.mail!, id: `welcome:${id}`, to: `member-${id}@example.com` });

  beforeAll(async () => {
    served = await serveFixture();
    served.answer('/api/mails', (query): MailList => {
      const before = Number(query.get('after') ?? Number.POSITIVE_INFINITY);
      const found = ledger
        .filter((id) => id < before && mail(id).to.includes(query.get('to') ?? ''))
        .slice(0, PAGE_ROWS);
      return { rows: found.map(mail), next: found.length < PAGE_ROWS ? null : String(found.at(-1)), problems: [] };
    });
    page = await pages.open(`${served.address}/mails`);
  });
  afterAll(() => served?.[Symbol.asyncDispose]());

  const rows = async () => Number(await page.getByRole('table').getAttribute('aria-rowcount')) - 1;
  const more = () => page.getByRole('button', { name: en['list.more'] });

  it('begins with the newest page, and goes on page by page until it is whole', async () => {
    await expect.poll(rows).toBe(PAGE_ROWS);
    // Of a window of 900 px; the rows by themselves give the list no height.
    expect(await page.locator('.virtual').evaluate(({ clientHeight }) => clientHeight)).toBeGreaterThan(600);
    await more().click();
    await expect.poll(rows).toBe(2 * PAGE_ROWS);
    await more().click();
    await expect.poll(rows).toBe(1_200);
    await more().waitFor({ state: 'detached' });
  });

  it('has mails that have come since, each once and none left out', async () => {
    ledger.unshift(1_202, 1_201);
    await page.getByRole('cell', { name: 'member-1202@example.com' }).waitFor();
    expect(await rows()).toBe(1_202);
  });

  it('is a list of cards on a phone, also of more rows than are in the document at once', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    const cards = page.locator('.virtual tbody tr');
    const heights = async () => [
      ...new Set(await cards.evaluateAll((all) => all.map((card) => card.getBoundingClientRect().height))),
    ];
    await expect.poll(heights).toEqual([TABLE_CARD_PX]);
    expect(await cards.count()).toBeLessThan(TABLE_ROWS_MAX);
    expect(await page.locator('.virtual thead').isVisible()).toBe(false);
    // Nothing of a card is outside it, or beside the screen.
    const outside = await cards.first().evaluate((card) => {
      const { right, bottom } = card.getBoundingClientRect();
      const cells = [...card.children].map((cell) => cell.getBoundingClientRect());
      return cells.filter((cell) => cell.right > right || cell.right > innerWidth || cell.bottom > bottom).length;
    });
    expect(outside).toBe(0);
    await page.locator('.virtual').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.getByText('member-1@example.com').waitFor();
    await page.setViewportSize({ width: 1_280, height: 900 });
    await expect.poll(heights).toEqual([TABLE_ROW_PX]);
  });

  it('begins again with the first page of another filter', async () => {
    await page.getByRole('searchbox', { name: en['mails.to'] }).fill('hana@');
    await page.getByText(en['mails.no-match']).waitFor();
    await page.getByRole('searchbox', { name: en['mails.to'] }).fill('member-');
    await expect.poll(rows).toBe(PAGE_ROWS);
    expect(pages.errors).toEqual([]);
  });
});
