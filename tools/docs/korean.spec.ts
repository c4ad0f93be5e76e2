import { describe, expect, test } from 'vitest';
import { filesOf } from '../tidy/repository-files.ts';

const documents = new Map(filesOf(/\.md$/).map(({ path, text }) => [path, text]));

/** How deep each heading is, and what each paragraph is that is not prose. */
function shapeOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^(#+) |^[|](.*)[|]$|^(- |\d+\. )/gm)].map(([, heading, row, item]) =>
    heading !== undefined
      ? heading
      : row !== undefined
        ? `row of ${row.replaceAll('\\|', '').split('|').length} cells`
        : `item ${item}`,
  );
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```/gms, '');
}

function codeBlocksOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```[^\n]*\n(.*?)^```/gms)].map(([, code]) => code!);
}

/** A translation may link to a translation, and its headings have other anchors. */
function linksOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!.replace(/\.ko(?=\.\w+$)/, '').replace(/^#.*/, '#'))
    .toSorted();
}

/** Of them a translation has the same: `GET /mails`, `npm run bus`. */
function scriptsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/`((?:npm|docker) [^`]+)`/g)].map(([, command]) => command!).toSorted();
}

const translated = [...documents.keys()].filter((path) => path.endsWith('.ko.md'));

test('README.md and docs/how-it-differs.md are translated', () => {
  expect(translated).toEqual(expect.arrayContaining(['README.ko.md', 'docs/how-it-differs.ko.md']));
});

describe.each(translated)('%s', (path) => {
  const [korean, english] = [documents.get(path)!, documents.get(path.replace('.ko.md', '.md'))!];

  test.each([
    ['headings, tables and lists', shapeOf],
    ['blocks of commands and output', codeBlocksOf],
    ['links', linksOf],
    ['commands in its text', scriptsOf],
  ])('has the %s of the English document', (_, of) => {
    expect(of(korean)).toEqual(of(english));
  });
});
