// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { TryResult } from '../../../src/api.ts';
import { tried } from '../../testing/fixture.ts';
import { showLanguage } from '../../words/words.ts';
import { isSettled, TryResults } from './try-results.tsx';

beforeAll(async () => showLanguage('en'));

const SENT: TryResult = { ...tried, kind: 'burst', eventId: null, state: null, count: 10, answered: 10 };
const problem: TryResult['problem'] = {
  detail: 'The database is unavailable.',
  said: { code: 'source-refuses', params: { source: 'member-service', answer: 'The database is unavailable.' } },
};

it.each<[what: string, counts: Partial<TryResult>, tone: string, isEnd: boolean, text: string]>([
  ['is being sent', { answered: 4, mailed: 4 }, 'blue', false, 'Burst of 10: answered 4, mailed 4'],
  ['waits for mails', { mailed: 6, dead: 3 }, 'blue', false, 'Burst of 10: answered 10, mailed 6, dead 3'],
  [
    'has only parked ones left',
    { mailed: 6, parked: 3, dead: 1 },
    'amber',
    false,
    'answered 10, mailed 6, parked 3, dead 1',
  ],
  ['ends in dead letters', { mailed: 0, dead: 10 }, 'red', true, 'answered 10, mailed 0, dead 10'],
  ['is mailed', { mailed: 10 }, 'green', true, 'answered 10, mailed 10'],
  ['was refused in part', { answered: 7, failed: 3, mailed: 7, problem }, 'red', true, 'answered 7, mailed 7: 201'],
])('a burst that %s says so by its figures and its colour', (_what, counts, tone, isEnd, text) => {
  const burst = { ...SENT, ...counts };
  const box = document.createElement('div');
  render(<TryResults results={[burst]} />, box);
  expect(box.textContent).toContain(text);
  expect(box.querySelector('.dot')!.className).toBe(`dot ${tone}`);
  expect(isSettled(burst)).toBe(isEnd);
});

it('a result leads to what came of it, a burst to all its journeys', () => {
  const box = document.createElement('div');
  const hrefs = (...results: readonly TryResult[]) => {
    render(<TryResults results={results} />, box);
    return [...box.querySelectorAll('li')].map((row) => row.querySelector('a')?.getAttribute('href'));
  };
  const burst = { ...SENT, id: 'try-2', about: 'burst-0cd56396' };
  expect(hrefs(tried, burst, { ...burst, id: 'try-3', answered: 0 })).toEqual([
    `/journeys/${tried.eventId}`,
    '/journeys?q=burst-0cd56396',
    undefined,
  ]);
  // Its figures are the point of it.
  expect(box.querySelectorAll('.cut')).toHaveLength(1);
});
