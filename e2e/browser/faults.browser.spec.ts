import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, openConsole, WITHOUT_CHROMIUM } from './open-console.ts';
import type { Console } from './open-console.ts';
import { figuresOf, verdictOf } from './scoreboard.ts';

type Observing = new (onChange: () => void) => { observe(element: object, what: object): void };

/** A missing event has to be shown so soon. */
const SHOWN_WITHIN_MS = 5_000;

describe.skipIf(CHROMIUM === undefined)(`the page while parts are broken${WITHOUT_CHROMIUM}`, () => {
  let console: Console;
  let page: Page;
  let signedUp = 0;

  beforeAll(async () => {
    console = await openConsole();
    page = await console.page('/chaos');
    await signUp(5);
    await balanced();
  });
  afterAll(() => console?.close());

  async function signUp(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      signedUp += 1;
      await console.system.customer.signUp({ email: `member-${signedUp}@example.com`, name: `Member ${signedUp}` });
    }
  }

  async function balanced(): Promise<void> {
    await until('all that was accepted to be mailed', async () => {
      const { accepted, mailed } = await figuresOf(page);
      return (await verdictOf(page)) === 'Balanced' && accepted === signedUp && mailed === signedUp;
    });
  }

  async function kill(part: string): Promise<void> {
    const row = page.getByRole('row', { name: new RegExp(`^${part}\\b`) });
    await row.getByRole('button', { name: 'kill -9' }).click();
  }

  async function killAndAwait(part: string): Promise<void> {
    const before = console.system.pid(part);
    await kill(part);
    await until(`${part} to run again`, () => {
      const pid = console.system.pid(part);
      return pid !== undefined && pid !== before;
    });
    await console.system.ready(part);
  }

  /** From now on, each look of the strip once until the next one: a frame that is seen for a second counts, too. */
  async function looksOfStrip(): Promise<() => Promise<string[]>> {
    const strip = page.getByRole('region', { name: 'Scoreboard' });
    const seen = await strip.evaluateHandle((element) => {
      // The specs have no types of a document.
      const { MutationObserver } = globalThis as unknown as { readonly MutationObserver: Observing };
      const look = () => element.className.replace('scoreboard ', '');
      const looks = [look()];
      new MutationObserver(() => {
        if (looks.at(-1) !== look()) looks.push(look());
      }).observe(element, { attributes: true, attributeFilter: ['class'] });
      return looks;
    });
    return async () => seen.jsonValue();
  }

  it('mails wait while the mail server is down, the equation holds, and they are sent when it is back', async () => {
    const down = page.getByRole('switch', { name: 'Mail server down' });
    await down.click();
    await expect.poll(() => down.getAttribute('aria-checked')).toBe('true');
    await signUp(10);
    await until('ten to wait, each counted in one place', async () => {
      const { accepted, mailed, parked, 'in flight': inFlight, dead } = await figuresOf(page);
      const waiting = (parked ?? 0) + (inFlight ?? 0);
      return accepted === signedUp && waiting === 10 && (mailed ?? 0) + waiting + (dead ?? 0) === accepted;
    });
    await page.keyboard.press('0');
    await expect.poll(() => down.getAttribute('aria-checked')).toBe('false');
    await balanced();
  });

  it('services whose relay has lost the broker say so on the map and in the outbox, and are green when it is back', async () => {
    const map = await console.page('/');
    const outbox = await console.page('/outbox');
    const node = map.getByRole('link', { name: /^member-service/ });
    const card = outbox.locator('section.card', { has: outbox.getByRole('heading', { name: 'member-service' }) });
    await console.system.stop('log-broker');
    try {
      await signUp(1);
      await node.getByText('no broker connection').waitFor();
      await map.getByText(/No connection to the broker since .*Start the broker/).waitFor();
      await card.getByText(/No connection to the broker since .*Start the broker/).waitFor();
      const row = map.getByRole('link', { name: `member-${signedUp}@example.com` });
      await row.getByText(/201\s*→\s*seq \d+\s*→\s*waits in the outbox/).waitFor();
    } finally {
      await console.system.start('log-broker');
    }
    await card.locator('header').getByText('ready', { exact: true }).waitFor();
    await node.getByText('POST /members').waitFor();
    await balanced();
  });

  it.each(['member-service', 'order-service', 'mail-service', 'log-broker', 'postgres'])(
    'kill -9 of %s: the strip is grey while it is away and green after, without a reload, and nothing is missing',
    async (part) => {
      const looks = await looksOfStrip();
      await kill(part);
      // It would be back before the page hears of it: log-broker takes a third of a second, and a frame comes once a second.
      await console.system.stop(part);
      try {
        await expect.poll(looks).toContain('unknown');
      } finally {
        await console.system.start(part);
      }
      await signUp(1);
      await balanced();
      const seen = await looks();
      expect(seen.at(-1)).toBe('balanced');
      expect([...new Set(seen)]).toEqual(['balanced', 'unknown']);
    },
  );

  it('kill -9 of maildev: nothing that is counted is there, so the strip stays green, and nothing is missing', async () => {
    const looks = await looksOfStrip();
    await killAndAwait('maildev');
    await signUp(1);
    await balanced();
    expect(await looks()).toEqual(['balanced']);
  });

  it('kill -9 of console: the page says so and connects again by itself, and its figures are those of the databases', async () => {
    const looks = await looksOfStrip();
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    await killAndAwait('console');
    await signUp(1);
    await expect.poll(looks).toContain('unknown');
    await balanced();
    expect((await looks()).at(-1)).toBe('balanced');
    expect(await page.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
  });

  it('a mail that is deleted from the ledger is missing, by its id', async () => {
    const { eventId } = await console.system.confirmed({ to: 'member-3@example.com' });
    await console.system.query('mail-service', 'DELETE FROM mail WHERE event_id = $1', [eventId]);
    const link = page.getByRole('region', { name: 'Scoreboard' }).locator(`a[href="/journeys/${eventId}"]`);
    await link.waitFor({ timeout: SHOWN_WITHIN_MS });
    expect(await verdictOf(page)).toBe('1 missing');
  });

  it('a row that is deleted from the outbox while it waits is missing, by its id', async () => {
    const map = await console.page('/');
    await console.system.stop('log-broker');
    let eventId: string;
    try {
      await signUp(1);
      const row = map.getByRole('link', { name: `member-${signedUp}@example.com` });
      await row.getByText('waits in the outbox').waitFor();
      const [waiting] = await console.system.query<{ id: string }>(
        'member-service',
        'DELETE FROM outbox WHERE published_at IS NULL RETURNING id',
      );
      eventId = waiting!.id;
    } finally {
      await console.system.start('log-broker');
    }
    const link = page.getByRole('region', { name: 'Scoreboard' }).locator(`a[href="/journeys/${eventId}"]`);
    await link.waitFor({ timeout: SHOWN_WITHIN_MS });
    expect(await verdictOf(page)).toMatch(/^\d missing$/);
    await link.click();
    await page.getByText('its row was deleted from the outbox before it was published').waitFor();
  });
});
