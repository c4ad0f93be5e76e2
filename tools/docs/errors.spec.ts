import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const source = readFileSync(join(CHECKOUT, 'packages', 'messaging-client', 'src', 'errors.ts'), 'utf8');
const documentation = readFileSync(join(CHECKOUT, 'docs', 'errors.md'), 'utf8');

const codes = codesOf(source);
const sections = sectionsOf(documentation);

describe('docs/errors.md', () => {
  it('finds the union of codes in the source, or the rest of this file would prove nothing', () => {
    expect(codes.length).toBeGreaterThan(0);
  });

  it('has one section for each code, in the order of the union', () => {
    expect(sections.map(({ code }) => code)).toEqual(codes);
  });

  it.each(sections.map((section) => [section.code, section.text] as const))(
    '%s: says what it means, why it happens, what to do and who sees it',
    (_, text) => {
      const labels = [...text.matchAll(/^- \*\*(.+?)\.\*\* \S/gm)].map(([, label]) => label);
      expect(labels).toEqual(['Meaning', 'Cause', 'Remedy', 'Seen by']);
    },
  );

  it('names no code that does not exist', () => {
    const named = [...documentation.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([name]) => name);
    expect(named.filter((name) => !codes.includes(name))).toEqual([]);
  });
});

/** The members of `type MessagingErrorCode = | 'A' | 'B';`, read from the text because a type leaves nothing at run time. */
function codesOf(text: string): string[] {
  const union = /type MessagingErrorCode\s*=([^;]*);/.exec(text)?.[1] ?? '';
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code as string);
}

/** What stands below each heading that is a code. */
function sectionsOf(text: string): Array<{ code: string; text: string }> {
  return text
    .split(/^##+ /m)
    .map((part) => ({ code: /^`([A-Z_]+)`$/m.exec(part.split('\n', 1)[0] ?? '')?.[1] ?? '', text: part }))
    .filter(({ code }) => code !== '');
}
