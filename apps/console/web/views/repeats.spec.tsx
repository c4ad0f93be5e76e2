// @vitest-environment jsdom
import type { ComponentChild } from 'preact';
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { OutboxAndInbox } from '../../src/api.ts';
import { EVENT_ID, journey } from '../testing/fixture.ts';
import { en } from '../words/en.ts';
import { loadViewWords, showLanguage } from '../words/words.ts';
import { Attempts } from './journeys/attempts.tsx';
import { Claims } from './outbox/claims.tsx';
import { Repeats } from './outbox/repeats.tsx';
import { WaitingRows } from './outbox/waiting-rows.tsx';

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function rowsOf(shown: ComponentChild): Element[] {
  const box = document.createElement('div');
  render(shown, box);
  return [...box.querySelectorAll('tbody tr')];
}

const linkOf = (row: Element | undefined) => row?.querySelector('a')?.getAttribute('href');

it('the attempts of a journey have the duplicates that were skipped, each with a link to its record', () => {
  const row = rowsOf(<Attempts journey={journey} />).at(-1);
  expect(row?.textContent).toContain(`${en['attempt.repeated']} member/5@1,990`);
  expect(linkOf(row)).toBe('/topics/member/5/1990');
});

it('the outbox view has those of all services, the newest first', () => {
  const inboxOf = (service: string, minute: number, offset: string): OutboxAndInbox['services'][number] => {
    const at = new Date(minute * 60_000).toISOString();
    const repeat = { at, topic: 'member', partition: 5, offset, event: 'member.signed-up', eventId: EVENT_ID };
    const repeats = { records: 1, since: at, newest: [repeat] };
    const value = { service, counts: [], repeats, rows: [], next: null };
    return {
      service,
      outbox: { value: null, at: null, problem: null },
      relay: null,
      inbox: { value, at, problem: null },
      dead: 0,
    };
  };
  const rows = rowsOf(<Repeats services={[inboxOf('mail-service', 1, '7'), inboxOf('order-service', 2, '8')]} />);
  expect(rows.map((row) => [row.children[1]!.textContent, linkOf(row)])).toEqual([
    ['order-service', '/topics/member/5/8'],
    ['mail-service', '/topics/member/5/7'],
  ]);
});

it('the outbox view does not say that there are none while a service does not answer', () => {
  const problem = {
    source: 'mail-service',
    address: '',
    setting: 'SERVICES_ADMIN',
    detail: '',
    said: { code: 'console-fails', params: {} },
    since: new Date(0).toISOString(),
  } as const;
  const silent = { value: null, at: null, problem };
  const services = [{ service: 'mail-service', outbox: silent, relay: null, inbox: silent, dead: null }];
  for (const List of [Repeats, Claims, WaitingRows]) {
    const box = document.createElement('div');
    render(<List services={services} />, box);
    expect(box.querySelector('.empty')!.textContent).toBe('Not known: not every service answers.');
  }
});
