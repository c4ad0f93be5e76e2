// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { Sourced } from '../../../src/api.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { RowsOfServices } from './rows-of-services.tsx';

type Rows = Sourced<{ readonly rows: readonly object[]; readonly next: string | null }>;

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function emptyOf(...answers: readonly Rows[]): string {
  const box = document.createElement('div');
  const ofServices = answers.map((answer, index) => ({ service: `service-${index}`, answer }));
  render(
    <RowsOfServices answers={ofServices} compare={() => 0} empty="Nothing is parked.">
      {() => 'rows'}
    </RowsOfServices>,
    box,
  );
  return box.querySelector('.empty')!.textContent;
}

const none: Rows = { value: { rows: [], next: null }, at: null, problem: null };
const since = new Date(0).toISOString();
const said = { code: 'console-fails', params: {} } as const;
const problem = { source: 'service-1', address: '', setting: 'SERVICES_ADMIN', detail: '', said, since };

it('there are none only when every service has answered', () => {
  expect(emptyOf(none, none)).toBe('Nothing is parked.');
  expect(emptyOf(none, { ...none, problem })).toBe('Not known: not every service answers.');
});

it('rows of a service that does not answer any more are told apart', () => {
  const one: Rows = { ...none, value: { rows: [{}], next: null } };
  const ofServices = [one, { ...one, problem }].map((answer, n) => ({ service: `service-${n}`, answer }));
  const shown: unknown[] = [];
  render(
    <RowsOfServices answers={ofServices} compare={() => 0} empty="">
      {(rows) => void shown.push(...rows)}
    </RowsOfServices>,
    document.createElement('div'),
  );
  expect(shown).toEqual([
    { service: 'service-0', isStale: false },
    { service: 'service-1', isStale: true },
  ]);
});

it('a service that has more rows than were read is named below them', () => {
  const cut: Rows = { ...none, value: { rows: [{}, {}], next: '2' } };
  const ofServices = [none, cut].map((answer, n) => ({ service: `service-${n}`, answer }));
  const box = document.createElement('div');
  render(
    <RowsOfServices answers={ofServices} compare={() => 0} empty="">
      {() => 'rows'}
    </RowsOfServices>,
    box,
  );
  expect(box.textContent).toBe('rowsservice-1 has more rows than the 2 that are read; filters look in these alone.');
});
