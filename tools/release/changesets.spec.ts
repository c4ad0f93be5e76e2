import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

const packages = globSync('packages/*', { cwd: CHECKOUT })
  .map((folder) => ({ folder, ...(JSON.parse(read(`${folder}/package.json`)) as Omit<Package, 'folder'>) }))
  .toSorted((one, other) => one.name.localeCompare(other.name));
const names = packages.map(({ name }) => name);

test('the packages, and nothing else, have one version', () => {
  const { fixed, ignore = [] } = JSON.parse(read('.changeset/config.json')) as { fixed: string[][]; ignore?: string[] };
  expect({ fixed, ignore }).toEqual({ fixed: [names], ignore: [] });
  expect(new Set(packages.map(({ version }) => version)).size).toBe(1);
});

test.each(packages)('the CHANGELOG of $name begins with its version', ({ folder, name, version }) => {
  expect(read(`${folder}/CHANGELOG.md`)).toMatch(new RegExp(`^# ${name}\n\n## ${version.replaceAll('.', '\\.')}\n`));
});

test('recorded changes are of packages that are released', () => {
  const recorded = globSync('.changeset/*.md', { cwd: CHECKOUT }).flatMap((path) => {
    const [, front = ''] = /^---\n(.*?)^---\n/ms.exec(read(path)) ?? [];
    return [...front.matchAll(/^['"]?([^'":]+)['"]?:/gm)].map(([, name]) => name!);
  });
  expect(recorded.filter((name) => !names.includes(name))).toEqual([]);
});
