// @vitest-environment jsdom
import { render } from 'preact';
import { describe, expect, it } from 'vitest';
import { COLOURED_CHARACTERS_MAX } from '../limits.ts';
import { Hex, Json } from './json.tsx';

/** A publisher can send any of it, and a tab that hangs shows nothing of the others. */
const SHOWN_WITHIN_MS = 5_000;

function shown(text: string): HTMLElement {
  const box = document.createElement('div');
  const startedAt = performance.now();
  render(<Json text={text} />, box);
  expect(performance.now() - startedAt).toBeLessThan(SHOWN_WITHIN_MS);
  return box;
}

describe('the text of a record', () => {
  it('is set out and coloured when it is JSON', () => {
    const box = shown('{"name":"tea","n":1}');
    expect(box.textContent).toBe('{\n  "name": "tea",\n  "n": 1\n}');
    expect([...box.querySelectorAll('span')].map(({ className }) => className)).toEqual([
      'name',
      'text',
      'name',
      'number',
    ]);
  });

  it('stays as it is when it is no JSON, or would lose digits', () => {
    expect(shown('tea').innerHTML).toBe('<pre class="code">tea</pre>');
    expect(shown('{"n":9007199254740993}').textContent).toBe('{"n":9007199254740993}');
  });

  it.each([
    ['is nested deep', '['.repeat(4_000) + ']'.repeat(4_000)],
    ['has a number after the other', `[${'1,'.repeat(200_000)}1]`],
    ['opens quotations and closes none', `"${String.raw`\"`.repeat(200_000)}`],
  ])('is shown at once when it %s', (_, text) => {
    expect(text.length).toBeGreaterThan(0);
    expect(shown(text).textContent).toBe(text);
  });

  it('is coloured up to a bound', () => {
    const text = (length: number) => JSON.stringify('x'.repeat(length - 2));
    expect(shown(text(COLOURED_CHARACTERS_MAX)).querySelector('span')).not.toBeNull();
    expect(shown(text(COLOURED_CHARACTERS_MAX + 1)).querySelector('span')).toBeNull();
  });
});

it('bytes that are no text are shown eight in a line, with what of them is printable', () => {
  const box = document.createElement('div');
  render(<Hex hex="fffe007bc368656c6c6f" />, box);
  expect(box.textContent).toBe('000000  ff fe 00 7b c3 68 65 6c  ...{.hel\n000008  6c 6f                    lo');
});
