import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { figuresIn } from '../../bench/harness/write-figures.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

const [, path = ''] = /\n## The path of one sign-up\n(.*?)\n## /s.exec(read('ARCHITECTURE.md')) ?? [];
const files = [...new Set([...path.matchAll(/`([a-z][\w./-]*\.ts)`/g)].map(([, file]) => file!))];

/** README says "about": it need not change with every line of code. */
const FILES_OFF_MAX = 1;
const LINES_OFF_MAX = 0.1;

describe.each([
  ['README.md', 'en', /about (\d+) files and ([\d,]+) lines/],
  ['README.ko.md', 'ko', /파일 (\d+)개, ([\d,]+)줄/],
] as const)('%s', (name, language, sentence) => {
  test('says how many files and lines the path of one sign-up has', () => {
    const [, saidFiles = '', saidLines = ''] = sentence.exec(read(name)) ?? [];
    const lines = files.map((file) => read(file).split('\n').length - 1).reduce((sum, count) => sum + count, 0);
    const is = `${files.length} files, ${lines} lines`;
    expect(Math.abs(Number(saidFiles) - files.length), is).toBeLessThanOrEqual(FILES_OFF_MAX);
    expect(Math.abs(Number(saidLines.replace(',', '')) / lines - 1), is).toBeLessThanOrEqual(LINES_OFF_MAX);
  });

  test('has the figures of bench/results; `npm run bench -- none --readme` writes them', () => {
    const [, figures = ''] = /<!-- figures -->\n(.*?)<!-- \/figures -->/s.exec(read(name)) ?? [];
    expect(figures.trim()).toBe(figuresIn(language));
  });
});
