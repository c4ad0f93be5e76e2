import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrySignUp } from '../src/api.ts';
import { CHROMIUM } from './testing/chromium.ts';
import { faintTexts } from './testing/faint-texts.ts';
import { board, EVENT_ID, hostileMail, tried } from './testing/fixture.ts';
import { expectTabStopsShown } from './testing/focus.ts';
import { inChromium } from './testing/in-chromium.ts';
import { PAGE_MS_MAX } from './testing/open-page.ts';
import type { Look } from './testing/open-page.ts';
import { serveFixture } from './testing/serve-fixture.ts';
import { unnamed } from './testing/unnamed.ts';
import { en } from './words/en.ts';
import { ko } from './words/ko.ts';

/** 640 is what 1,280 leaves at 200 % zoom, 320 at 400 %. */
const WIDTHS = [320, 390, 640, 1_280, 1_920];
const CONTRAST_LEAST = 4.5;
const VIEWS = ['/', '/journeys', `/journeys/${EVENT_ID}?stage=smtp`, '/chaos', '/nowhere'];

describe.skipIf(CHROMIUM === undefined)(
  'the page in Chromium (skipped where there is none)',
  { timeout: PAGE_MS_MAX },
  () => {
    const pages = inChromium();
    let served: Awaited<ReturnType<typeof serveFixture>>;
    let page: Page;

    async function open(path: string, look?: Look): Promise<void> {
      page = await pages.open(`${served.address}${path}`, look);
      await page.locator('main > *').first().waitFor();
    }

    const verdict = () => page.getByRole('status').first();

    beforeAll(async () => {
      served = await serveFixture();
    });
    afterAll(async () => {
      await served?.[Symbol.asyncDispose]();
    });
    beforeEach(() => {
      served.posts.length = 0;
      served.cut(false);
      served.offer({});
      served.show(board);
    });

    describe.each(['en', 'ko'])('in %s', (language) => {
      it.each(['light', 'dark'])(
        'in %s colours each view fits each width, is legible and has all its words',
        async (theme) => {
          for (const view of VIEWS) {
            await open(view, { language, theme });
            await page
              .getByText(/12,383/)
              .first()
              .waitFor();
            for (const width of WIDTHS) {
              await page.setViewportSize({ width, height: 900 });
              const where = `${view} ${width}`;
              const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
              expect({ where, tooWide }).toEqual({ where, tooWide: 0 });
              const faint = await page.evaluate(faintTexts, CONTRAST_LEAST);
              expect({ where, faint }).toEqual({ where, faint: [] });
            }
            expect({ view, unnamed: await unnamed(page) }).toEqual({ view, unnamed: [] });
            const text = await page.locator('body').innerText();
            expect(Object.keys(en).filter((word) => text.includes(word))).toEqual([]);
            expect(await page.locator('html').getAttribute('lang')).toBe(language);
            expect(await page.locator('h1').count()).toBe(1);
            expect({ view, errors: pages.errors }).toEqual({ view, errors: [] });
          }
        },
      );
    });

    it('is red with a link to the journey when an event is missing, grey when a source is unavailable', async () => {
      await open('/');
      await expect.poll(() => verdict().innerText()).toBe('Balanced');
      const event = { eventId: EVENT_ID, event: 'member.signed-up' };
      served.show({ ...board, verdict: 'missing', wrong: 1, events: [event] });
      await expect.poll(() => verdict().innerText()).toBe('1 missing');
      await page.locator('.scoreboard.wrong .verdict a').click();
      await expect.poll(() => page.url()).toBe(`${served.address}/journeys/${EVENT_ID}`);
      const address = '127.0.0.1:1';
      const problem = { source: 'order-service', address, setting: 'SERVICES_ADMIN', detail: 'x', since: board.at };
      const grey = { ...board, verdict: 'unknown', accepted: null } as const;
      const params = { source: problem.source, address, setting: problem.setting, reason: 'ECONNREFUSED' };
      served.show({ ...grey, problems: [{ ...problem, said: { code: 'source-unavailable', params } }] });
      await expect.poll(() => verdict().innerText()).toBe('Cannot be checked');
      const reason = () => page.locator('.scoreboard.unknown').innerText();
      expect(await reason()).toMatch(/–[^]*order-service unavailable for/);
      const said = { code: 'other-version', params: { source: problem.source } } as const;
      served.show({ ...grey, problems: [{ ...problem, said }] });
      await expect.poll(reason).toMatch(/order-service answers with an error for/);
    });

    it('says that it reconnects while the stream is cut, and goes on without a reload', async () => {
      await open('/');
      const live = page.locator('.header [aria-pressed]');
      await expect.poll(() => live.innerText()).toBe('Live');
      served.cut(true);
      await expect.poll(() => live.innerText()).toMatch(/^Reconnecting, \d+ s$/);
      await expect.poll(() => verdict().innerText()).toBe('Cannot be checked');
      served.show({ ...board, accepted: 12_409, mailed: 12_384 });
      served.cut(false);
      await expect.poll(() => page.locator('.equation').innerText()).toMatch(/12,409[^]*12,384/);
      await expect.poll(() => live.innerText()).toBe('Live');
    });

    it('is used by the keyboard alone', async () => {
      await open('/');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.keyboard.press('Tab');
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(en['app.skip']);
      await page.keyboard.press('?');
      await expect.poll(() => page.locator('dialog[open]').count()).toBe(1);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('dialog').count()).toBe(0);
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(en['app.skip']);
      await page.keyboard.press('g');
      await page.keyboard.press('j');
      await expect.poll(() => page.locator('main [data-row]').count()).toBeGreaterThan(3);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.url()).toContain(`/journeys/${EVENT_ID}`);
      await page.getByRole('button', { name: en['journey.copy-link'] }).waitFor();
      await page.keyboard.press('Escape');
      await expect.poll(() => page.url()).toBe(`${served.address}/journeys`);
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute('href')))
        .toBe(`/journeys/${EVENT_ID}`);
      await page.keyboard.press('/');
      await page.keyboard.type('user1@');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.url()).toMatch(/\/journeys\/.*01\?q=user1/);
      await page.keyboard.press('Escape');
      await page.keyboard.press('t');
      await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    });

    it('Enter on a row opens it and goes into it, Esc closes it and goes back to the row', async () => {
      const other = { ...hostileMail, id: 'mail-2', to: 'minho@example.com' };
      served.answer('/api/mails', () => ({ rows: [hostileMail, other], next: null, problems: [] }));
      await open('/mails');
      const row = page.getByRole('row', { name: /minho@example\.com/ });
      await row.waitFor();
      const hasFocus = () => row.evaluate((element) => element === document.activeElement);
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      expect(await hasFocus()).toBe(true);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('detail');
      expect(page.url()).toBe(`${served.address}/mails/mail-2`);
      await page.locator('.detail a').first().waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement!.closest('.detail') !== null)).toBe(true);
      await page.keyboard.press('Escape');
      await expect.poll(hasFocus).toBe(true);
      expect(page.url()).toBe(`${served.address}/mails`);
    });

    it.each(['/', '/journeys', `/journeys/${EVENT_ID}`, '/mails', '/chaos'])(
      '%s: each stop of the Tab key is in sight and marked, and the last leaves the page',
      async (view) => {
        served.answer('/api/mails', () => ({ rows: [hostileMail], next: null, problems: [] }));
        await open(view);
        await page.locator('main :is(table, .empty, .card)').first().waitFor();
        await expectTabStopsShown(page);
      },
    );

    it('signs up with the form, and sends one request for two fast presses', async () => {
      await open('/');
      await page.getByLabel('Mail address', { exact: true }).fill('hana@example.com');
      await page.getByLabel('Name').fill('Hana Lee');
      await page.getByRole('button', { name: 'Sign up' }).evaluate((button: HTMLButtonElement) => {
        button.click();
        button.click();
      });
      const sent = { path: '/api/try/sign-up', body: { email: 'hana@example.com', name: 'Hana Lee', locale: 'en' } };
      await expect
        .poll(() => page.getByLabel('Mail address', { exact: true }).inputValue())
        .not.toBe('hana@example.com');
      expect(served.posts).toEqual([sent]);
    });

    it.each(['en', 'ko'] as const)(
      'names the field that the service rejects, in %s, and keeps what was typed',
      async (language) => {
        served.answer('/api/try/sign-up', () => ({
          ...tried,
          status: 400,
          problem: 'phone: must be a phone number with its country, such as +82 10 1234 5678',
          rejected: ['phone'],
          eventId: null,
        }));
        const words = language === 'ko' ? ko : en;
        await open('/', { language });
        const phone = page.getByLabel(words['try.phone']);
        await phone.fill('010-1234-5678');
        await page.getByRole('button', { name: words['try.sign-up'] }).click();
        await page.getByRole('alert').getByText(words['try.wrong-phone']).waitFor();
        expect(await phone.getAttribute('aria-invalid')).toBe('true');
        expect(await phone.evaluate((field) => field === document.activeElement)).toBe(true);
        expect(await phone.inputValue()).toBe('010-1234-5678');
        served.answer('/api/try/sign-up', () => tried);
        await phone.fill('+82 10-1234-5678');
        await page.keyboard.press('Enter');
        await expect.poll(() => phone.inputValue()).toBe('');
        expect(served.posts.map(({ body }) => (body as TrySignUp).phone)).toEqual([
          '010-1234-5678',
          '+82 10-1234-5678',
        ]);
      },
    );

    it('keeps the focus and what is typed while frames come', async () => {
      await open('/');
      const name = page.getByLabel('Name');
      await name.fill('Ha');
      served.show({ ...board, mailed: 12_390 });
      await page.getByText('12,390').waitFor();
      await page.keyboard.type('na');
      expect(await name.inputValue()).toBe('Hana');
    });

    it('keeps each row of the journeys in its card, also beside the form and the names of the views', async () => {
      for (const view of ['/', '/journeys']) {
        await open(view);
        const rows = page.locator('a.journey-row');
        await rows.first().waitFor();
        for (const width of [901, 1_081, 1_200, 1_280, 1_366, 1_440]) {
          await page.setViewportSize({ width, height: 900 });
          const beyond = await rows.evaluateAll((all) =>
            all.map((row) => {
              const { right } = row.closest('.card')!.getBoundingClientRect();
              return Math.max(0, ...[...row.children].map((cell) => cell.getBoundingClientRect().right - right));
            }),
          );
          expect({ view, width, beyond: Math.max(...beyond) }).toEqual({ view, width, beyond: 0 });
        }
      }
    });

    it('moves a dot for a record, and none where the reader wants no motion', async () => {
      const pulses = [{ edge: 'publish:member-service>member', topic: 'member', partition: 4 }];
      await open('/');
      await page.locator('[data-edge="publish:member-service>member"]').waitFor();
      served.pulse(pulses);
      await expect.poll(() => page.locator('.travelling').count()).toBe(1);
      await expect.poll(() => page.locator('.travelling').count()).toBe(0);
      await open('/', { reducedMotion: 'reduce' });
      await page.locator('[data-edge="publish:member-service>member"]').waitFor();
      await page.evaluate(() => {
        const counted = globalThis as unknown as { dotFrames: number };
        counted.dotFrames = 0;
        const request = globalThis.requestAnimationFrame.bind(globalThis);
        globalThis.requestAnimationFrame = (callback) => {
          if (String(callback).includes('getPointAtLength')) counted.dotFrames += 1;
          return request(callback);
        };
      });
      served.pulse(pulses);
      served.show({ ...board, mailed: 12_391 });
      await page.getByText('12,391').waitFor();
      expect(await page.locator('.travelling, .partitions .hit').count()).toBe(0);
      expect(await page.evaluate(() => (globalThis as unknown as { dotFrames: number }).dotFrames)).toBe(0);
    });

    it('shows a hostile mail without running or loading anything of it', async () => {
      const requests: string[] = [];
      await open('/');
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(`${served.address}/journeys/${EVENT_ID}`);
      await page.frameLocator('.mail-frame').getByText('Welcome').waitFor();
      expect(requests.filter((url) => !url.startsWith(served.address) && !url.startsWith('data:'))).toEqual([]);
      expect(await page.title()).toBe('Journeys · event-bus');
      expect(pages.errors).toEqual([]);
    });

    it('has neither link nor view of chaos where no supervisor offers it', async () => {
      served.offer({ hasChaos: false });
      await open('/chaos');
      await page.getByText(en['not-found.title']).waitFor();
      expect(await page.locator('a[href="/chaos"]').count()).toBe(0);
    });
  },
);
