// @vitest-environment jsdom
import { render } from 'preact';
import { beforeEach, expect, it } from 'vitest';
import type { JourneySummary } from '../../src/api.ts';
import { showLanguage } from '../words/words.ts';
import { JourneyRow } from './journey-row.tsx';

beforeEach(async () => showLanguage('en'));

const inFlight: JourneySummary = {
  eventId: '01a1fde8',
  event: 'member.signed-up',
  at: '2026-11-21T09:00:00.000Z',
  about: 'hana@example.com',
  state: 'in-flight',
  totalMs: 4_000,
  dueAt: null,
  path: { status: 201, seq: '1', record: null, attempts: 0, smtp: null },
  stages: [],
};

function endOfRow(journey: JourneySummary): string[] {
  const box = document.createElement('div');
  render(<JourneyRow journey={journey} />, box);
  return [...box.firstElementChild!.children].slice(-2).map(({ textContent }) => textContent);
}

it('of a journey whose state is not known neither is how long it took', () => {
  expect(endOfRow({ ...inFlight, state: 'unknown', totalMs: null })).toEqual(['–', 'not known']);
});

it('a journey that has ended has its duration and its state', () => {
  expect(endOfRow({ ...inFlight, state: 'mailed', totalMs: 88_400 })).toEqual(['1 min 28 s', 'mailed']);
});
