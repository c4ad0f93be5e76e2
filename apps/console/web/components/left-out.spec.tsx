// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import { loadViewWords, showLanguage } from '../words/words.ts';
import { LeftOut } from './left-out.tsx';

beforeAll(async () => {
  await showLanguage('en');
  await loadViewWords();
});

function shown(left: number): string {
  const box = document.createElement('div');
  render(<LeftOut left={left} command="groups" />, box);
  return box.textContent;
}

it('what a list leaves out is counted, with the command that has all', () => {
  expect(shown(12)).toBe('The broker has 12 more: npm run bus -- groups');
});

it('nothing is said of a list that has all', () => {
  expect(shown(0)).toBe('');
});
