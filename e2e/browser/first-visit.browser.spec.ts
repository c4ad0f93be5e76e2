import { until } from '@event-bus/test-kit/until';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, openConsole, WITHOUT_CHROMIUM } from './open-console.ts';
import type { Console } from './open-console.ts';
import { figuresOf, verdictOf } from './scoreboard.ts';

describe.skipIf(CHROMIUM === undefined)(`a first visit${WITHOUT_CHROMIUM}`, () => {
  let console: Console;
  let page: Page;
  const email = 'hana@example.com';

  beforeAll(async () => {
    console = await openConsole();
    page = await console.page('/');
  });
  afterAll(() => console?.close());

  it('signs somebody up by the form, and the result links to the journey', async () => {
    await page.getByLabel('Mail address').fill(email);
    await page.getByLabel('Name').fill('이하나');
    const phone = page.getByLabel('Phone (optional)');
    await phone.fill('010-1234-5678');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByRole('alert').getByText('Phone: with its country, such as +82 10 1234 5678.').waitFor();
    await phone.fill('+82 10-1234-5678');
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page
      .getByRole('complementary', { name: 'Try it' })
      .getByRole('link', { name: `Sign-up ${email}` })
      .click();
    await page.getByRole('heading', { name: `Sign-up ${email}` }).waitFor();
    // The list beside the journey may know that it is mailed before the journey does.
    await page.getByRole('main').getByText('request to mail').waitFor();
  });

  it('the journey has each stage as its source has it', async () => {
    const { system } = console;
    const entry = await system.confirmed({ to: email });
    const [row] = await system.query<{ seq: string; aggregateid: string }>(
      'member-service',
      'SELECT seq, aggregateid FROM outbox WHERE id = $1',
      [entry.eventId],
    );
    expect(await system.query('member-service', 'SELECT email, phone FROM member')).toEqual([
      { email, phone: '+821012345678' },
    ]);
    expect(new URL(page.url()).pathname).toBe(`/journeys/${entry.eventId}`);
    const text = await page.getByRole('main').innerText();
    for (const part of [
      entry.eventId,
      row!.aggregateid,
      `seq ${row!.seq}`,
      `${entry.topic}/${entry.partition}@${entry.offset}`,
      'POST /members → 201',
      entry.subject,
      entry.messageId,
    ]) {
      expect(text).toContain(part);
    }
    const body = page.frameLocator('iframe').locator('body');
    expect(await body.innerText()).toContain('이하나');
  });

  it('is found again by address, member and event, by the keyboard alone', async () => {
    const { system } = console;
    const { eventId } = await system.confirmed({ to: email });
    const [{ id }] = (await system.query<{ id: string }>('member-service', 'SELECT id FROM member')) as [
      { id: string },
    ];
    for (const text of [email, id, eventId]) {
      await page.goto(`${console.url}/`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/journeys/${eventId}*`);
    }
  });

  it('the scoreboard counts what the databases have', async () => {
    const { system } = console;
    const member = await system.customer.signUp({ email: 'minho@example.com', name: 'Minho' });
    const order = await system.customer.placeOrder(member.id);
    await system.customer.completeOrder(order.id);
    await system.inbox.awaitMail({ to: member.email, subject: /order|주문/i });
    await until('the scoreboard to be balanced with all mails', async () => {
      const [{ count }] = (await system.query<{ count: number }>(
        'mail-service',
        `SELECT count(*)::int AS count FROM mail WHERE status = 'accepted'`,
      )) as [{ count: number }];
      const figures = await figuresOf(page);
      return (await verdictOf(page)) === 'Balanced' && figures.mailed === count && figures.accepted === count;
    });
    expect(await figuresOf(page)).toEqual({ accepted: 3, mailed: 3, 'in flight': 0, parked: 0, dead: 0 });
  });

  it('the latest journeys and the map are live', async () => {
    await page.goto(`${console.url}/`);
    await page.getByText('Balanced').waitFor();
    await console.system.customer.signUp({ email: 'jisu@example.com', name: '박지수' });
    await page.getByRole('link', { name: /jisu@example\.com.*mailed/ }).waitFor();
  });

  it('nothing complained on the way', () => {
    expect(console.complaints()).toEqual([]);
  });
});
