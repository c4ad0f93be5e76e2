import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLE_OVERSCAN_ROWS, TABLE_ROW_PX, TABLE_STEP_ROWS } from '../limits.ts';
import { CHROMIUM } from '../testing/chromium.ts';
import { inChromium } from '../testing/in-chromium.ts';
import { serveFixture } from '../testing/serve-fixture.ts';
import { serveLetters } from '../testing/serve-letters.ts';

const LETTERS = 10_000;
const FRAMES = 60;
/** A fast wheel: 6,000 px a second. */
const PX_A_FRAME = 100;

// How long a frame takes depends on what else the machine does. What the page's thread has to do in it does not.
describe.skipIf(CHROMIUM === undefined)('a table of 10,000 rows in Chromium (skipped where there is none)', () => {
  const pages = inChromium();
  let served: Awaited<ReturnType<typeof serveFixture>>;
  let page: Page;
  let cdp: CDPSession;

  beforeAll(async () => {
    served = await serveFixture();
    serveLetters(served, LETTERS);
    page = await pages.open(`${served.address}/failures/dead`);
    cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    await page.locator(`table[aria-rowcount="${LETTERS + 1}"]`).waitFor();
  });
  afterAll(() => served?.[Symbol.asyncDispose]());

  async function layouts(): Promise<number> {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'LayoutCount')!.value;
  }

  it('has no more rows in the document than fit, and a few above and below', async () => {
    const box = page.locator('.virtual');
    const fit = await box.evaluate((element, px) => Math.ceil(element.clientHeight / px), TABLE_ROW_PX);
    await box.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
    await expect
      .poll(async () => Number(await page.locator('tbody tr').first().getAttribute('aria-rowindex')))
      .toBeGreaterThan(LETTERS / 3);
    const rows = await page.locator('tbody tr').count();
    expect(rows).toBeGreaterThanOrEqual(fit);
    expect(rows).toBeLessThanOrEqual(fit + 2 * TABLE_OVERSCAN_ROWS + TABLE_STEP_ROWS);
    expect(await page.locator('tbody tr').evaluateAll((all) => all.map((row) => row.clientHeight))).toEqual(
      Array.from({ length: rows }, () => TABLE_ROW_PX),
    );
  });

  it('a frame of a fast scroll makes the rows that come, leaves the others as they are, and is laid out once', async () => {
    const before = await layouts();
    const seen = await page.evaluate(
      async ({ frames, px }) => {
        const box = document.querySelector('.virtual')!;
        const counted = { added: 0, removed: 0, touched: 0 };
        const observer = new MutationObserver((records) => {
          for (const { type, target, addedNodes, removedNodes } of records) {
            counted.added += addedNodes.length;
            counted.removed += removedNodes.length;
            // Of `tbody`, its padding changes, which stands for the rows above.
            if (type !== 'childList' && target.nodeName !== 'TBODY') counted.touched += 1;
          }
        });
        // The clock goes on: the ages of rows that are in sight change once a second.
        const options = { attributes: true, attributeFilter: ['class', 'style', 'aria-selected', 'aria-rowindex'] };
        observer.observe(box.querySelector('tbody')!, { childList: true, subtree: true, ...options });
        for (let frame = 0; frame < frames; frame += 1) {
          await new Promise(requestAnimationFrame);
          box.scrollTop += px;
        }
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        counted.added += observer.takeRecords().length;
        observer.disconnect();
        return counted;
      },
      { frames: FRAMES, px: PX_A_FRAME },
    );
    const passed = (FRAMES * PX_A_FRAME) / TABLE_ROW_PX;
    expect(seen.added).toBeGreaterThan(passed - 2 * TABLE_STEP_ROWS);
    expect(seen.added).toBeLessThanOrEqual(passed + 2 * TABLE_STEP_ROWS);
    expect(seen.removed).toBeLessThanOrEqual(passed + 2 * TABLE_STEP_ROWS);
    expect(seen.touched).toBe(0);
    // One that the script of this spec forces by writing scrollTop after the rows have changed, and the frame's own.
    expect((await layouts()) - before).toBeLessThanOrEqual(2 * (FRAMES + 2) + 5);
    expect(pages.errors).toEqual([]);
  });

  it('a filter is applied in one go: each keystroke changes the rows once', async () => {
    const search = page.getByRole('searchbox', { name: 'Search in errors' });
    const table = page.locator('table[aria-rowcount]');
    const wanted = String(1 + Math.ceil(LETTERS / 7));
    const changes = await page.evaluateHandle(() => {
      const seen: string[] = [];
      const target = document.querySelector('table[aria-rowcount]')!;
      new MutationObserver(() => seen.push(target.getAttribute('aria-rowcount')!)).observe(target, {
        attributes: true,
        attributeFilter: ['aria-rowcount'],
      });
      return seen;
    });
    await search.fill('REFUSED');
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe(wanted);
    expect(await changes.jsonValue()).toEqual([wanted]);
    expect(new URL(page.url()).searchParams.get('error')).toBe('REFUSED');
  });
});
