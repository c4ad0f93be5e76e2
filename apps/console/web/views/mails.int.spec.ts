import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailList, MailSummary } from '../../src/api.ts';
import { CHROMIUM } from '../testing/chromium.ts';
import { journey } from '../testing/fixture.ts';
import { openPage } from '../testing/open-page.ts';
import { serveFixture } from '../testing/serve-fixture.ts';
import { en } from '../words/en.ts';

const PAGE_ROWS = 500;

describe.skipIf(CHROMIUM === undefined)('the list of mails in Chromium (skipped where there is none)', () => {
  let served: Awaited<ReturnType<typeof serveFixture>>;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
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
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    page = await openPage(browser, `${served.address}/mails`, errors);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
  });

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

  it('begins again with the first page of another filter', async () => {
    await page.getByRole('searchbox', { name: en['mails.to'] }).fill('hana@');
    await page.getByText(en['mails.no-match']).waitFor();
    await page.getByRole('searchbox', { name: en['mails.to'] }).fill('member-');
    await expect.poll(rows).toBe(PAGE_ROWS);
    expect(errors).toEqual([]);
  });
});
