// @vitest-environment jsdom
import { render } from 'preact';
import { expect, it } from 'vitest';
import { ErrorText } from './error-text.tsx';

function shown(text: string): string {
  const box = document.createElement('div');
  render(<ErrorText text={text} />, box);
  return box.textContent;
}

it('the code of an error stands first where it would be cut away', () => {
  const rejected =
    "the mail server rejected the mail: Can't send mail - all recipients were rejected: 550 5.1.1 unknown";
  expect(shown(rejected)).toBe(`550 · ${rejected}`);
});

it.each(['connect ECONNREFUSED 127.0.0.1:1025', '550 5.1.1 unknown', 'no tea is left'])(
  '%s is as it is: its code is in sight, or it has none',
  (text) => {
    expect(shown(text)).toBe(text);
  },
);
