import { chromium } from 'playwright-core';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { openPage, VIEWPORT } from './open-page.ts';
import type { Look } from './open-page.ts';

interface InChromium {
  readonly browser: Browser;
  /** What the pages have complained about since the last one was opened. */
  readonly errors: string[];
  /**
   * Opens a page that has nothing of the one before: no document, no storage, no size, no place of the mouse, no complaint.
   * Of the same origin in the same look it is loaded in the same process: to start one takes twice as much processor time
   * as the page itself.
   */
  open(url: string, look?: Look): Promise<Page>;
}

/** Starts Chromium before the tests of the block in which it is called, and ends it after them. */
export function inChromium(): InChromium {
  const errors: string[] = [];
  let browser: Browser;
  let opened: { readonly page: Page; readonly session: CDPSession; readonly kind: string } | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return {
    get browser() {
      return browser;
    },
    errors,
    async open(url, look) {
      const { origin } = new URL(url);
      const kind = JSON.stringify([origin, look]);
      if (opened?.kind === kind && !opened.page.isClosed()) {
        const { page, session } = opened;
        await page.setViewportSize(VIEWPORT);
        await page.mouse.move(0, 0);
        await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
        // What the document before complains about while it is left is its own.
        const begun = page
          .waitForEvent('framenavigated', (frame) => frame === page.mainFrame())
          .then(() => (errors.length = 0));
        await Promise.all([begun, page.goto(url)]);
        return page;
      }
      await opened?.page.context().close();
      errors.length = 0;
      const page = await openPage(browser, url, errors, look);
      opened = { page, session: await page.context().newCDPSession(page), kind };
      return page;
    },
  };
}
