/**
 * `npm run pictures`: the first visit to the console as the pictures of docs/console, for the README. They are to be looked at
 * before they are committed, and are not compared by pixel.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { CHROMIUM, openConsole } from './open-console.ts';
import { figuresOf, verdictOf } from './scoreboard.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'console');
const SIZE = { width: 1_440, height: 900 };

if (CHROMIUM === undefined) throw new Error('no Chromium here: set CHROMIUM, or install it (apt-get install chromium)');
mkdirSync(FOLDER, { recursive: true });
const opened = await openConsole();
const { system } = opened;
try {
  const pages = {
    en: await opened.page('/', { viewport: SIZE, locale: 'en-GB', colorScheme: 'light' }),
    ko: await opened.page('/', { viewport: SIZE, locale: 'ko-KR', colorScheme: 'light' }),
    dark: await opened.page('/chaos', { viewport: SIZE, locale: 'en-GB', colorScheme: 'dark' }),
  };
  if (!(await hasKorean(pages.ko)))
    throw new Error('no font with Korean letters here (apt-get install fonts-noto-cjk)');
  for (const [name, email] of [
    ['김하늘', 'haneul@example.com'],
    ['Robin Moss', 'robin@example.com'],
    ['박지수', 'jisu@example.com'],
  ] as const) {
    const member = await system.customer.signUp({ email, name });
    const order = await system.customer.placeOrder(member.id);
    await system.customer.completeOrder(order.id);
  }
  await pages.en.getByLabel('Mail address').fill('hana@example.com');
  await pages.en.getByLabel('Name').fill('이하나');
  await pages.en.getByRole('button', { name: 'Sign up' }).click();
  await pages.en
    .getByRole('link', { name: /hana@example\.com.*mailed/ })
    .first()
    .waitFor();
  await balanced(pages.en);
  await take(pages.en, '1-live-map');

  await pages.dark.getByRole('switch', { name: 'Mail server down' }).click();
  await pages.dark.getByRole('switch', { name: 'Mail server down', checked: true }).waitFor();
  await system.customer.signUp({ email: 'parked@example.com', name: '이지민', locale: 'ko' });
  for (let n = 0; n < 20; n += 1) await system.customer.signUp({ email: `guest-${n}@example.com`, name: `Guest ${n}` });
  await until('mails to be parked', async () => ((await figuresOf(pages.dark)).parked ?? 0) >= 20);
  await take(pages.dark, '2-mail-server-down');
  await pages.dark.keyboard.press('0');
  await balanced(pages.dark);

  const { eventId } = await system.confirmed({ to: 'parked@example.com' });
  await pages.ko.goto(`${opened.url}/journeys/${eventId}`);
  await pages.ko.locator('iframe').waitFor();
  await pages.ko.getByRole('navigation', { name: '결과' }).waitFor();
  await take(pages.ko, '3-journey-ko');
} finally {
  await opened.close();
}

/** Without a font for them all letters are the same box. */
async function hasKorean(page: Page): Promise<boolean> {
  const draw = async (letter: string): Promise<string> =>
    page.locator('body').evaluate(({ ownerDocument }, text) => {
      const canvas = ownerDocument.createElement('canvas');
      canvas.getContext('2d')!.fillText(text, 10, 20);
      return canvas.toDataURL();
    }, letter);
  return (await draw('가')) !== (await draw('나'));
}

async function balanced(page: Page): Promise<void> {
  await until('nothing to be on its way', async () => {
    const { accepted, mailed } = await figuresOf(page);
    return (await verdictOf(page)) === 'Balanced' && accepted === mailed;
  });
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
}
