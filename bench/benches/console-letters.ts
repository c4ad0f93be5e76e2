import pg from 'pg';
import type { Browser } from 'playwright-core';
import type { Stack } from '../../tools/stack/start-stack.ts';
import { alternate, atLeastValue, atMostValue } from '../harness/bench.ts';
import type { BenchContext, Line } from '../harness/bench.ts';

const LETTERS = 10_000;
const FRAMES_PER_SECOND_MIN = 50;
const FILTER_MS_MAX = 100;

const FILL = `
  INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, event_id, event, reason, error, attempts,
                           recorded_at, redrives)
  SELECT 'mail-service', 'member', 0, 1000000 + n, convert_to('key' || n, 'UTF8'), convert_to('{}', 'UTF8'), '[]',
         gen_random_uuid(), 'member.signed-up', 'permanent',
         CASE WHEN n % 2 = 0 THEN '550 5.1.1 no such user' ELSE '552 5.2.2 mailbox full' END, 1, now(), 0
    FROM generate_series(1, $1) AS n`;

/** In the page: as far as a wheel turns in a frame, for three seconds. */
const SCROLL = `new Promise((resolve) => {
  const box = document.querySelector('table').parentElement;
  const startedAt = performance.now();
  let frames = 0;
  const step = () => {
    frames += 1;
    box.scrollTop += 300;
    const ms = performance.now() - startedAt;
    if (ms < 3_000) requestAnimationFrame(step);
    else resolve((frames * 1_000) / ms);
  };
  requestAnimationFrame(step);
})`;

/** In the page: from the key press to the frame in which the rows that match are in the document. */
const filter = (text: string, rows: number): string => `new Promise((resolve) => {
  const input = document.querySelector('input[aria-label="Search in errors"]');
  const startedAt = performance.now();
  input.value = ${JSON.stringify(text)};
  input.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    const isShown = document.querySelector('table').getAttribute('aria-rowcount') === '${rows + 1}';
    requestAnimationFrame(isShown ? () => resolve(performance.now() - startedAt) : look);
  };
  look();
})`;

/** How the list of failures scrolls and filters with thousands of dead letters. */
export async function scrollLetters(
  context: BenchContext,
  stack: Stack,
  browser: Browser,
  address: string,
): Promise<Line[]> {
  const client = new pg.Client({ connectionString: stack.databaseUrl('mail-service') });
  await client.connect();
  await client.query(FILL, [LETTERS]);
  await client.end();
  const own = await browser.newContext({ locale: 'en-US' });
  const page = await own.newPage();
  await page.goto(`${address}/failures/dead`);
  await page.locator(`table[aria-rowcount="${LETTERS + 1}"]`).waitFor();
  const { letters } = await alternate(context, {
    letters: async () => ({
      fps: await page.evaluate<number>(SCROLL),
      filter: await page.evaluate<number>(filter('full', LETTERS / 2)),
      all: await page.evaluate<number>(filter('', LETTERS)),
    }),
  });
  await own.close();
  const [fps, filtered] = [letters['fps']!, letters['filter']!];
  const what = `${LETTERS.toLocaleString('en')} dead letters`;
  return [
    {
      what,
      side: 'scrolling',
      figure: fps,
      unit: 'frames/s',
      targets: [atLeastValue(FRAMES_PER_SECOND_MIN, fps, 'frames/s')],
    },
    { what, side: 'filter', figure: filtered, unit: 'ms', targets: [atMostValue(FILTER_MS_MAX, filtered, 'ms')] },
  ];
}
