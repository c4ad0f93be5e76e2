// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { Sourced } from '../../../src/api.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { RowsOfServices } from './rows-of-services.tsx';

type Rows = Sourced<{ readonly rows: readonly object[] }>;

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

const none: Rows = { value: { rows: [] }, at: null, problem: null };
const since = new Date(0).toISOString();
const said = { code: 'console-fails', params: {} } as const;
const problem = { source: 'service-1', address: '', setting: 'SERVICES_ADMIN', detail: '', said, since };

it('there are none only when every service has answered', () => {
  expect(emptyOf(none, none)).toBe('Nothing is parked.');
  expect(emptyOf(none, { ...none, problem })).toBe('Not known: not every service answers.');
});

it('rows of a service that does not answer any more are told apart', () => {
  const one: Rows = { ...none, value: { rows: [{}] } };
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
