import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { openPage } from './open-page.ts';
import type { Look } from './open-page.ts';

interface InChromium {
  readonly browser: Browser;
  /** What the pages have complained about since the last one was opened. */
  readonly errors: string[];
  /** Opens a page in a context of its own, and closes the one before. */
  open(url: string, look?: Look): Promise<Page>;
}

/** Starts Chromium before the tests of the block in which it is called, and ends it after them. */
export function inChromium(): InChromium {
  const errors: string[] = [];
  let browser: Browser;
  let page: Page | undefined;
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
      await page?.context().close();
      errors.length = 0;
      page = await openPage(browser, url, errors, look);
      return page;
    },
  };
}
