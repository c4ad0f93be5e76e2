/**
 * The console in a real browser, beside a whole system.
 *
 *     const console = await openConsole();
 *     const page = await console.page('/', { locale: 'ko' });
 *     …
 *     expect(console.complaints()).toEqual([]);
 *     await console.close();
 */
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CHROMIUM } from '../../apps/console/web/testing/chromium.ts';
import { startStack } from '../harness/start-stack.ts';
import type { System } from '../harness/start-stack.ts';

export { CHROMIUM };

/** For the title of what is skipped. */
export const WITHOUT_CHROMIUM =
  CHROMIUM === undefined ? ' (skipped: no Chromium here; set CHROMIUM or install it)' : '';

export interface Console {
  readonly system: System;
  /** Address of the console, without a slash at the end. */
  readonly url: string;
  page(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors on the pages' consoles, uncaught ones, and requests that left the console's origin, since the last call. */
  complaints(): string[];
  close(): Promise<void>;
}

export async function openConsole(): Promise<Console> {
  const system = await startStack({ hasConsole: true });
  const browser = await launch(system);
  const url = system.addresses.console!;
  const complaints: string[] = [];
  return {
    system,
    url,
    async page(path, options) {
      const context = await browser.newContext({
        locale: 'en-GB',
        viewport: { width: 1_280, height: 800 },
        ...options,
      });
      const page = await context.newPage();
      listen(page, url, complaints);
      await page.goto(`${url}${path}`);
      return page;
    },
    complaints: () => complaints.splice(0),
    async close() {
      await browser.close();
      await system.close();
    },
  };
}

async function launch(system: System): Promise<Browser> {
  try {
    // Without a sandbox of its own it runs as root, too, as it does in a container.
    return await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  } catch (error) {
    await system.close();
    throw error;
  }
}

function listen(page: Page, url: string, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob|about):/.test(request.url())) {
      complaints.push(`request to ${request.url()}`);
    }
  });
}
