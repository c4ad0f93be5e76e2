import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { ko } from './ko.ts';

const web = new URL('..', import.meta.url);
const paths = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !/\.spec\.tsx?$/.test(path) && !/^words\/(en|ko)(-\w+)?\.ts$/.test(path),
);
const sources = paths.map((path) => readFileSync(new URL(path, web), 'utf8')).join('\n');

/** `t(`state.${state}`)` uses every word that begins with `state.`. */
const prefixes = [...sources.matchAll(/`([a-z][a-z-]*(?:\.[a-z-]+)*[.-])\$\{/g)].map(([, prefix]) => prefix!);

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name!);

describe('the words of the console', () => {
  it('are the same in English and in Korean', () => {
    expect(Object.keys(ko)).toEqual(Object.keys(en));
  });

  it('are all used', () => {
    const unused = Object.keys(en).filter(
      (word) => !sources.includes(`'${word}'`) && !prefixes.some((prefix) => word.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  /** In English the source's own sentence says more. */
  const withValues = (Object.keys(en) as (keyof typeof en)[]).filter((word) => word !== 'refused.invalid-request');

  it.each(withValues)('%s has the same values in both languages', (word) => {
    expect(new Set(placeholders(ko[word]))).toEqual(new Set(placeholders(en[word])));
  });

  it('are the only Korean text of the page, besides the names that the form suggests', () => {
    const korean = paths.filter((path) => /[가-힣]/.test(readFileSync(new URL(path, web), 'utf8')));
    expect(korean).toEqual(['views/map/suggestions.ts']);
  });
});
