import type { Browser, Page } from 'playwright-core';

/** A busy machine takes its time; what hangs is ended by the bound of the test. */
export const PAGE_MS_MAX = 180_000;

/** The window that each page begins with. */
export const VIEWPORT = { width: 1_280, height: 900 };

export interface Look {
  readonly language?: string;
  readonly theme?: string;
  readonly reducedMotion?: 'reduce';
}

/** A page in a context of its own, and what it complains about: uncaught errors, console errors, dialogs. */
export async function openPage(
  browser: Browser,
  url: string,
  errors: string[],
  { language = 'en', theme = 'light', ...rest }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({ locale: language, viewport: VIEWPORT, ...rest });
  context.setDefaultTimeout(PAGE_MS_MAX);
  await context.addInitScript(
    ([lang, look]) => {
      // A frame without permissions has no storage.
      if (window !== top) return;
      localStorage.setItem('console.language', lang!);
      localStorage.setItem('console.theme', look!);
    },
    [language, theme],
  );
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('dialog', (dialog) => errors.push(`dialog: ${dialog.message()}`));
  const answer = await page.goto(url);
  // The console answers every address of a view with the page.
  if (answer?.status() === 404) throw new Error('there is no page: npm run build makes it');
  return page;
}
