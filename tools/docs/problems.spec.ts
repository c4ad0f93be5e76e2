import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');

it('docs/problems.md has a row for every type of problem in the code, with its status, and no other', () => {
  const sources = globSync(['apps/*/src/**/*.ts', 'packages/service-kit/src/**/*.ts'], { cwd: CHECKOUT })
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => readFileSync(join(CHECKOUT, path), 'utf8'))
    .join('\n');
  const declared = [...sources.matchAll(/type: '(\/problems\/[^']+)',\s*status: (\d+)/g)].map(rowOf);
  const documentation = readFileSync(join(CHECKOUT, 'docs', 'problems.md'), 'utf8');
  const documented = [...documentation.matchAll(/^\| `(\/problems\/[^`]+)` \| (\d+) \|/gm)].map(rowOf);
  expect(declared).not.toEqual([]);
  expect(documented.toSorted()).toEqual(declared.toSorted());
});

function rowOf([, type, status]: RegExpMatchArray): string {
  return `${type} ${status}`;
}
