// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import { frame } from '../state/stream.ts';
import { board, frame as frameOf } from '../testing/fixture.ts';
import { showLanguage } from '../words/words.ts';
import { Scoreboard } from './scoreboard.tsx';

beforeAll(async () => showLanguage('en'));

it.each([
  ['balanced', board.accepted, '='],
  ['missing', board.accepted! + 1, '≠'],
  ['double', board.accepted! - 1, '≠'],
  // Sources that are silent are not compared.
  ['unknown', board.accepted! + 1, '='],
] as const)('while it is %s, with %i accepted, the sign is %s', (verdict, accepted, sign) => {
  frame.value = frameOf({ ...board, verdict, accepted });
  const box = document.createElement('div');
  render(<Scoreboard />, box);
  expect(box.querySelector('.operator')!.textContent).toBe(sign);
});
