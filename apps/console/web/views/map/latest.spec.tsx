// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import { board, frame as frameOf } from '../../testing/fixture.ts';
import { frame, latest } from '../../state/stream.ts';
import { showLanguage } from '../../words/words.ts';
import { Latest } from './latest.tsx';

beforeAll(async () => showLanguage('en'));

function withAccepted(accepted: number | null): string {
  latest.value = [];
  frame.value = frameOf({ ...board, accepted, problems: [] });
  const box = document.createElement('div');
  render(<Latest />, box);
  return box.querySelector('.empty')!.textContent;
}

it('an empty list says that nothing has been published only where nothing was accepted', () => {
  expect(withAccepted(0)).toContain('Nothing has been published yet.');
  expect(withAccepted(12)).toBe('Nothing has been published lately. Search for older journeys.');
  expect(withAccepted(null)).toBe('waiting for the first figures');
});
