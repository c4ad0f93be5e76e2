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

function endOfRow(journey: JourneySummary, isKnown: boolean): string[] {
  const box = document.createElement('div');
  render(<JourneyRow journey={journey} isKnown={isKnown} />, box);
  return [...box.firstElementChild!.children].slice(-2).map(({ textContent }) => textContent);
}

it('what no source has is in flight only when all have answered', () => {
  expect(endOfRow(inFlight, true)[1]).toBe('in flight');
  expect(endOfRow(inFlight, false)).toEqual(['–', 'not known']);
});

it('what a source has is told, although others do not answer', () => {
  expect(endOfRow({ ...inFlight, state: 'mailed', totalMs: 88_400 }, false)).toEqual(['1 min 28 s', 'mailed']);
});
