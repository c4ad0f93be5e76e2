import { describe, expect, it } from 'vitest';
import { html } from './html.ts';
import { oneLine, page } from './letter.ts';

describe('the html tag', () => {
  it('escapes what is inserted, in text and in attributes', () => {
    const name = `<script>alert("1")</script> & 'more'`;
    expect(html`<p title="${name}">${name}</p>`.source).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;">' +
        '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;</p>',
    );
  });

  it('takes its own results as they are, one or a list', () => {
    const rows = ['a', '<b>'].map((cell) => html`<li>${cell}</li>`);
    const list = html`<ul>
      ${rows}
    </ul>`;
    expect(list.source.replaceAll(/\s/g, '')).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>');
  });
});

it('a page declares its language', () => {
  expect(page('ko', '제목', html`<p>본문</p>`)).toContain('<html lang="ko">');
});

it.each([
  ['Mallory\r\nBcc: everybody@example.com', 'Mallory Bcc: everybody@example.com'],
  ['위\u2028아래', '위 아래'],
  ['tab\tnul\0', 'tab nul'],
  ['moc.live\u202e', 'moc.live'],
  ['👩‍👩‍👧 민지', '👩‍👩‍👧 민지'],
  ['half a \ud83d pair', 'half a \ufffd pair'],
])('%j is one line', (text, line) => {
  expect(oneLine(text)).toBe(line);
});
