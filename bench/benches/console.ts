import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { CHROMIUM } from '../../apps/console/web/testing/chromium.ts';
import { OUTBOX_CHANNEL } from '../../packages/messaging-client/src/outbox/outbox-table.ts';
import { Stack } from '../../tools/stack/start-stack.ts';
import { memoryOf } from '../../tools/stack/processes.ts';
import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line } from '../harness/bench.ts';
import { cpuMs } from '../harness/log-broker.ts';
import { MailSink } from '../harness/mail-sink.ts';
import type { Figure } from '../harness/statistics.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { scrollLetters } from './console-letters.ts';

const MIB = 1024 * 1024;
const EVENTS_PER_SECOND = 1_000;
const APPENDS_PER_SECOND = 20;
const CPU_PERCENT_MAX = 5;
const MEMORY_MB_MAX = 70;
const FIRST_PAINT_MS_MAX = 300;
const FIRST_DATA_MS_MAX = 700;
/** Of the timers and caches of a start. */
const SETTLE_MS = 5_000;
/** After so long without a mail the rest is not waited for. */
const DRAIN_PATIENCE_MS = 15_000;

/** What the console costs the machine that it watches, and how soon it shows something. */
export const consoleCost: Bench = {
  name: 'console',
  title: 'what the console costs',
  method:
    `The system as npm start runs it, with one tab open: no event, then ${EVENTS_PER_SECOND} sign-ups a second, appended to ` +
    'the outbox of member-service in twenty transactions a second. The figure is the processor time of the console by the time that ' +
    'passed; the services and the broker, which share the processors, are not in it. Memory is counted as npm start counts it: what ' +
    'several processes share is divided among them. First paint and first data are those of a ' +
    'page that is opened for the first time in a Chromium beside it; in the same Chromium the list of dead letters is scrolled and filtered, ' +
    'after all else.',
  async run(context) {
    const { stack, sink } = await startStack(context);
    const address = stack.part('console').definition.address();
    const browser = await openBrowser(context);
    const pages = browser === undefined ? [] : await openPages(context, browser, address);
    const tab = await openTab(address);
    await delay(SETTLE_MS);
    const { idle, busy } = await alternate(context, {
      idle: async () => measure(stack, context.quick ? 3 : 20, async () => undefined),
      busy: async () => {
        const measured = await measure(stack, context.quick ? 3 : 20, (seconds) => append(stack, seconds));
        // Mails that still wait are not "no event".
        await sink.receives(measured.appended, DRAIN_PATIENCE_MS);
        return measured;
      },
    });
    tab.close();
    const [cost, received] = [busy['percent']!, Math.round(busy['events']!.median)];
    return [
      { what: 'one tab, no event', side: 'console', figure: idle['percent']!, unit: '% of a core' },
      {
        what: `one tab, ${EVENTS_PER_SECOND.toLocaleString('en')} events a second`,
        side: 'console',
        figure: cost,
        unit: '% of a core',
        targets: [atMostValue(CPU_PERCENT_MAX, cost, '% of a core')],
        note: `${received} a second were appended`,
      },
      memory('one tab, no event', idle['memoryMb']!),
      memory(`one tab, ${EVENTS_PER_SECOND.toLocaleString('en')} events a second`, busy['memoryMb']!),
      ...pages,
      ...(browser === undefined ? [] : await scrollLetters(context, stack, browser, address)),
    ];
  },
};

function memory(what: string, figure: Figure): Line {
  return { what, side: 'memory', figure, unit: 'MB', targets: [atMostValue(MEMORY_MB_MAX, figure, 'MB')] };
}

async function startStack(context: BenchContext): Promise<{ stack: Stack; sink: MailSink }> {
  const sink = await MailSink.start();
  const folder = temporaryFolder();
  const stack = new Stack({
    dataFolder: folder.path,
    ports: 'free',
    hasConsole: true,
    leaveOut: ['maildev'],
    serviceEnv: { SMTP_URL: sink.url, LOG_LEVEL: 'warn' },
  });
  context.atEnd(async () => {
    await stack.stop();
    await sink.stop();
    folder.remove();
  });
  await stack.start();
  return { stack, sink };
}

/** Reads its stream, as a page does. */
async function openTab(address: string): Promise<{ close(): void }> {
  const closing = new AbortController();
  const { body } = await fetch(`${address}/api/stream`, { signal: closing.signal });
  void body!.pipeTo(new WritableStream()).catch(() => undefined);
  return { close: () => closing.abort() };
}

async function measure(
  stack: Stack,
  seconds: number,
  load: (seconds: number) => Promise<number | undefined>,
): Promise<Record<'percent' | 'appended' | 'events' | 'memoryMb', number>> {
  const pid = stack.part('console').pid!;
  const [cpu, startedAt] = [cpuMs(pid), performance.now()];
  const [appended = 0] = await Promise.all([load(seconds), delay(seconds * 1_000)]);
  const ms = performance.now() - startedAt;
  return {
    percent: (100 * (cpuMs(pid) - cpu)) / ms,
    appended,
    events: (appended * 1_000) / ms,
    memoryMb: memoryOf(pid) / MIB,
  };
}

const APPEND = `
  INSERT INTO outbox (id, source, aggregatetype, aggregateid, type, version, payload)
  SELECT uuidv7(), 'member-service', 'member', id, 'member.signed-up', 1,
         json_build_object('memberId', id, 'email', 'bench-' || id || '@example.com', 'name', '김지민', 'locale', 'ko',
                           'signedUpAt', '2026-11-21T09:00:00.000Z')
    FROM (SELECT gen_random_uuid()::text AS id FROM generate_series(1, $1)) AS members`;

/** @returns how many there were */
async function append(stack: Stack, seconds: number): Promise<number> {
  const client = new pg.Client({ connectionString: stack.databaseUrl('member-service') });
  await client.connect();
  const startedAt = performance.now();
  const rows = EVENTS_PER_SECOND / APPENDS_PER_SECOND;
  let appended = 0;
  for (let n = 0; n < seconds * APPENDS_PER_SECOND; n += 1) {
    await delay(Math.max(0, startedAt + (n * 1_000) / APPENDS_PER_SECOND - performance.now()));
    await client.query(APPEND, [rows]);
    await client.query(`NOTIFY ${OUTBOX_CHANNEL}`);
    appended += rows;
  }
  await client.end();
  return appended;
}

/** In the page: a node of the map stands where there are figures. */
const MARK_DATA = `new MutationObserver(() => {
  if (document.querySelector('[data-node]') !== null) performance.mark('data');
}).observe(document, { childList: true, subtree: true })`;
const READ_MARKS = `({
  paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  data: performance.getEntriesByName('data')[0].startTime,
})`;

async function openBrowser(context: BenchContext): Promise<Browser | undefined> {
  if (CHROMIUM === undefined) {
    context.log('left out, as there is no Chromium: what a page shows, and when');
    return undefined;
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  context.atEnd(async () => browser.close());
  return browser;
}

/** First paint and first data of a page. */
async function openPages(context: BenchContext, browser: Browser, address: string): Promise<Line[]> {
  const { page } = await alternate(
    { ...context, rounds: context.quick ? 1 : 9 },
    {
      page: async () => {
        const own = await browser.newContext();
        const opened = await own.newPage();
        await opened.addInitScript(MARK_DATA);
        await opened.goto(address);
        await opened.waitForSelector('[data-node]');
        const measured = await opened.evaluate<Record<'paint' | 'data', number>>(READ_MARKS);
        await own.close();
        return measured;
      },
    },
  );
  const what = 'page opened for the first time';
  const [paint, data] = [page['paint']!, page['data']!];
  return [
    { what, side: 'first paint', figure: paint, unit: 'ms', targets: [atMostValue(FIRST_PAINT_MS_MAX, paint, 'ms')] },
    { what, side: 'first data', figure: data, unit: 'ms', targets: [atMostValue(FIRST_DATA_MS_MAX, data, 'ms')] },
  ];
}
