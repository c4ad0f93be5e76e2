// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { JourneySearch } from '../../../src/api.ts';
import { JOURNEYS_FOUND_MAX as SERVER_MAX } from '../../../src/limits.ts';
import { JOURNEYS_FOUND_MAX } from '../../limits.ts';
import { journeys, search } from '../../testing/fixture.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { Searched } from './results.tsx';

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function shown(count: number): string {
  const found: JourneySearch = { ...search('hana'), journeys: Array.from({ length: count }, () => journeys[0]!) };
  const box = document.createElement('div');
  render(<Searched search={found} />, box);
  return box.textContent;
}

it('a search that may have found more than are shown says so', () => {
  expect(JOURNEYS_FOUND_MAX).toBe(SERVER_MAX);
  expect(shown(JOURNEYS_FOUND_MAX)).toMatch(/^At most 50 are shown\./);
  expect(shown(JOURNEYS_FOUND_MAX - 1)).toMatch(/^Searched: /);
});
