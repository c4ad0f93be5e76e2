import { Kafka, logLevel } from 'kafkajs';
import { until } from '@event-bus/test-kit/until';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, openConsole, WITHOUT_CHROMIUM } from './open-console.ts';
import type { Console } from './open-console.ts';
import { figuresOf, verdictOf } from './scoreboard.ts';

/** More stops of the Tab key than any view has. */
const STOPS_MAX = 200;

/** So many reads of a tail, one a second, stand for a long look at it. */
const TAIL_READS = 20;

/** The console ends at once; a busy machine takes its time to start and to end processes. */
const STOPS_WITHIN_MS = 5_000;

/** The browser reports each request that it could not send. */
const EXPECTED = /ERR_(CONNECTION|INCOMPLETE|EMPTY)/;

/** Until the page reports what became of its stream; a busy machine takes its time. */
const NOTICED = { timeout: 60_000 };

describe.skipIf(CHROMIUM === undefined)(`the page beside a running system${WITHOUT_CHROMIUM}`, () => {
  let console: Console;
  let page: Page;

  beforeAll(async () => {
    console = await openConsole();
    page = await console.page('/');
    await page.getByLabel('Mail address').waitFor();
  });
  afterAll(() => console?.close());
  afterEach(() => expect(console.complaints().filter((text) => !EXPECTED.test(text))).toEqual([]));

  async function balanced(accepted: number): Promise<void> {
    await until(`${accepted} mails`, async () => {
      const figures = await figuresOf(page);
      return (await verdictOf(page)) === 'Balanced' && figures.accepted === accepted && figures.mailed === accepted;
    });
  }

  async function tabTo(wanted: Locator): Promise<void> {
    for (let stops = 0; stops < STOPS_MAX; stops += 1) {
      if (await wanted.evaluate((element) => element.matches(':focus'))) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the Tab key does not reach ${String(wanted)}`);
  }

  it('signs up, finds the journey and redrives its dead letter by the keyboard alone', async () => {
    const email = 'keys@example.com';
    await page.keyboard.press('g');
    await page.keyboard.press('x');
    const refuses = page.getByRole('group', { name: 'Mail server refuses' });
    await refuses.waitFor();
    await tabTo(refuses.getByRole('button', { name: '550' }));
    await page.keyboard.press('Enter');
    await refuses.locator('[aria-pressed=true]').getByText('550').waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('m');
    const field = page.getByLabel('Mail address');
    await field.waitFor();
    await tabTo(field);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(email);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: `Sign-up ${email}` }).waitFor();
    await page.keyboard.press('Escape');

    await page.keyboard.press('/');
    await page.keyboard.type(email);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Sign-up ${email}` }).waitFor();
    const redrive = page.getByRole('main').getByRole('link', { name: 'Redrive…' });
    await redrive.waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('x');
    await refuses.waitFor();
    await page.keyboard.press('0');
    await refuses.locator('[aria-pressed=true]').getByText('off').waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type(email);
    await page.keyboard.press('Enter');
    await tabTo(redrive);
    await page.keyboard.press('Enter');
    await page.getByRole('table', { name: 'Dead letters' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('cell', { name: 'member.signed-up' }).waitFor();
    expect(await acts()).toEqual([]);
    await tabTo(dialog.getByRole('textbox'));
    await page.keyboard.type('hana');
    await tabTo(dialog.getByRole('button', { name: 'Redrive 1' }));
    // Twice, as an impatient operator does.
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await console.system.inbox.awaitMail({ to: email });
    await balanced(1);
    expect(await acts()).toEqual([{ action: 'redrive', by_whom: 'hana' }]);
    expect(await console.system.inbox.mailsTo(email)).toHaveLength(1);
  });

  const acts = () => console.system.query('mail-service', 'SELECT action, by_whom FROM dead_letter_audit');

  it('sends a receipt once for two fast presses', async () => {
    const email = 'receipt@example.com';
    await page.goto(`${console.url}/`);
    await page.getByLabel('Mail address').fill(email);
    await page.getByLabel('Name').fill('이하나');
    await page.getByRole('button', { name: 'Sign up' }).click();
    const results = page.getByRole('complementary', { name: 'Try it' });
    await results.getByRole('link', { name: `Sign-up ${email}` }).waitFor();
    await expect.poll(() => page.getByLabel('Member').innerText()).toContain(email);
    await page.getByRole('button', { name: 'Send the receipt again' }).dblclick();
    await results.getByRole('link', { name: `Receipt ${email}` }).click();
    await page.getByRole('heading', { name: `Receipt ${email}` }).waitFor();
    await page.getByRole('main').getByText('mailed', { exact: true }).first().waitFor();
    await balanced(3);
    const mails = await console.system.inbox.mailsTo(email);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2);
    const entry = await console.system.confirmed({ to: email, template: 'requested' });
    expect(new URL(page.url()).pathname).toBe(`/journeys/${entry.eventId}`);
  });

  it('a POST of another origin, without Origin, or to another name of the console is refused, and does nothing', async () => {
    const signUp = JSON.stringify({ email: 'forged@example.com', name: 'Forged', locale: 'en' });
    const address = `${console.url}/api/try/sign-up`;
    const { request } = page.context();
    const json = { 'content-type': 'application/json' };
    expect((await request.post(address, { headers: json, data: signUp })).status()).toBe(403);
    const foreign = { ...json, origin: console.system.addresses.inbox };
    expect((await request.post(address, { headers: foreign, data: signUp })).status()).toBe(403);
    const renamed = { ...json, origin: 'http://rebound.example', host: 'rebound.example' };
    expect((await request.post(address, { headers: renamed, data: signUp })).status()).toBe(403);
    const found = await console.system.query('member-service', `SELECT 1 FROM member WHERE email LIKE 'forged%'`);
    expect(found).toEqual([]);
  });

  it('a tail joins no group and commits nothing', async () => {
    const kafka = new Kafka({ brokers: [...console.system.addresses.brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    async function groups() {
      const { groups: all } = await admin.listGroups();
      const ids = all.map(({ groupId }) => groupId).sort();
      const offsets = await Promise.all(
        ids.map(async (groupId) => ({ groupId, of: await admin.fetchOffsets({ groupId }) })),
      );
      const members = (await admin.describeGroups(ids)).groups.map(({ groupId, members: list }) => [
        groupId,
        list.length,
      ]);
      return { offsets, members };
    }
    try {
      const before = await groups();
      let reads = 0;
      page.on('response', (response) => {
        if (response.url().includes('/api/topics/member/records')) reads += 1;
      });
      await page.goto(`${console.url}/topics/member`);
      await page.getByRole('table', { name: 'Live tail' }).waitFor();
      await until('many reads of the tail', () => reads >= TAIL_READS);
      expect(await groups()).toEqual(before);
    } finally {
      await admin.disconnect();
    }
  });

  it('has the same figures after the console hung and its stream was silent, without a reload', async () => {
    await page.goto(`${console.url}/`);
    await balanced(3);
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    const live = page.locator('.header [aria-pressed]');
    console.system.signal('console', 'SIGSTOP');
    await expect.poll(() => live.innerText(), NOTICED).toMatch(/^Reconnecting/);
    await console.system.customer.signUp({ email: 'meanwhile@example.com', name: 'Meanwhile' });
    await console.system.confirmed({ to: 'meanwhile@example.com' });
    console.system.signal('console', 'SIGCONT');
    await expect.poll(() => live.innerText(), NOTICED).toBe('Live');
    await balanced(4);
    await page.getByRole('link', { name: /meanwhile@example\.com.*mailed/ }).waitFor();
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
  });

  it('the console stops at once while a tab is open, and the tab goes on when it is back', async () => {
    const begun = performance.now();
    await console.system.stop('console');
    expect(performance.now() - begun).toBeLessThan(STOPS_WITHIN_MS);
    await expect.poll(() => verdictOf(page), NOTICED).toBe('Cannot be checked');
    await console.system.start('console');
    await balanced(4);
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
  });
});
