// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import { loadViewWords, showLanguage } from '../words/words.ts';
import { acted, ActedNote } from './acted.tsx';

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function noteOf(done: number, of: number): { readonly tone: string; readonly text: string } {
  acted.value = { act: 'redrive', done, of, hasMore: false, eventId: null, goOn: () => {} };
  const box = document.createElement('div');
  render(<ActedNote />, box);
  return { tone: box.querySelector('.note')!.className, text: box.textContent.replaceAll(/ +/g, ' ') };
}

it('an act that found less than its dry run says so', () => {
  expect(noteOf(2, 2)).toEqual({
    tone: 'note green',
    text: '2 redriven. What fails again comes back to this list. Audit',
  });
  expect(noteOf(1, 3)).toEqual({
    tone: 'note amber',
    text: '1 redriven. 2 of 3 were no longer as the dry run had found them. What fails again comes back to this list. Audit',
  });
  // Another operator was faster.
  expect(noteOf(0, 1)).toEqual({
    tone: 'note amber',
    text: '0 redriven. 1 of 1 was no longer as the dry run had found it. Audit',
  });
});
