import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

const ADMIN_PROBLEM = /new AdminProblem\(\s*(\d+),\s*'([a-z-]+)'/g;

it('docs/problems.md has a row for every type of problem in the code, with its status, and no other', () => {
  const sources = sourcesOf(['apps/*/src/**/*.ts', 'packages/service-kit/src/**/*.ts']);
  const declared = [...sources.matchAll(/type: '(\/problems\/[^']+)',\s*status: (\d+)/g)].map(rowOf);
  const documentation = readFileSync(join(CHECKOUT, 'docs', 'problems.md'), 'utf8');
  const documented = [...documentation.matchAll(/^\| `(\/problems\/[^`]+)` \| (\d+) \|/gm)].map(rowOf);
  expect(declared).not.toEqual([]);
  expect(documented.toSorted()).toEqual(declared.toSorted());
});

it('docs/admin.md has a row for every code of an AdminProblem, with its status, and no other', () => {
  const declared = [
    ...sourcesOf(['apps/*/src/**/*.ts', 'packages/service-kit/src/admin/*.ts']).matchAll(ADMIN_PROBLEM),
  ].map(([, status, code]) => `${code} ${status}`);
  const documentation = readFileSync(join(CHECKOUT, 'docs', 'admin.md'), 'utf8');
  const documented = [...documentation.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)].map(rowOf);
  expect(declared).not.toEqual([]);
  expect(documented.toSorted()).toEqual([...new Set(declared)].toSorted());
});

it('docs/health.md has a row for every code of a check that is not ready, and no other', () => {
  const sources = sourcesOf(['apps/*/src/**/*.ts', 'packages/service-kit/src/**/*.ts']);
  const declared = [...sources.matchAll(/notReady\(\s*'([a-z-]+)'/g)].map(([, code]) => code!);
  const documentation = readFileSync(join(CHECKOUT, 'docs', 'health.md'), 'utf8');
  const [, codes = ''] = documentation.split('## Codes');
  const documented = [...codes.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, code]) => code!);
  expect(declared).not.toEqual([]);
  expect(documented.toSorted()).toEqual([...new Set(declared)].toSorted());
});

function sourcesOf(patterns: string[]): string {
  return globSync(patterns, { cwd: CHECKOUT })
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(join(CHECKOUT, path), 'utf8'))
    .join('\n');
}

function rowOf([, type, status]: RegExpMatchArray): string {
  return `${type} ${status}`;
}
