import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUT } from '../../tidy/repository-files.ts';
import { pathsOf } from '../git.ts';
import { rename } from './rename.ts';

/** Ours: this file is renamed with the others. */
const { name: project } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { name: string };

const plan = (name: string) => rename.plan(CHECKOUT, { name }, new Set());

it('leaves our name in no file and in no path, except for the copyright', async () => {
  const { changes } = await plan('@acme/corner-stall');
  const ours = new RegExp(project.replaceAll('-', '[-_]?'), 'i');
  const after = new Map<string, string>();
  for (const path of pathsOf(CHECKOUT)) {
    if (!changes.has(path)) after.set(path, readFileSync(join(CHECKOUT, path), 'utf8'));
  }
  for (const [path, text] of changes) if (text !== undefined) after.set(path, text);
  const named = [...after].filter(([path, text]) => ours.test(path) || ours.test(text)).map(([path]) => path);
  expect(named).toEqual([]);
  const title = project.replaceAll(
    /(^|-)([a-z])/g,
    (_, hyphen: string, letter: string) => `${hyphen && ' '}${letter.toUpperCase()}`,
  );
  const titled = [...after].filter(([, text]) => text.includes(title)).map(([path]) => basename(path));
  // Of a copy it has the name of ours.
  expect(titled.filter((name) => name !== 'LICENSE')).toEqual([]);
});

it('keeps the order of npm in the lockfile and in package.json', async () => {
  const { changes } = await plan('@zulu/corner-stall');
  const { dependencies } = JSON.parse(changes.get('apps/order-service/package.json')!) as { dependencies: object };
  expect(Object.keys(dependencies)).toContain('@zulu/service-kit');
  expect(Object.keys(dependencies)).toEqual(
    Object.keys(dependencies).toSorted((one, other) => one.localeCompare(other, 'en')),
  );
});

it.each([
  ['corner-stall', /^"corner-stall" is not a scope and a name$/],
  ['@Acme/stall', /^"Acme" is not a name of a scope: it has a capital letter$/],
  ['@acme/corner stall', /^"corner stall" is not a name of a project: it has a space$/],
  [`@acme/${'a'.repeat(40)}`, /is too long for a project/],
  ['@nestjs/stall', /^@nestjs is the scope of packages that are installed$/],
  ['@acme/kafka', /^a part of the system is named kafka$/],
  ['@acme/order-service', /^a part of the system is named order-service$/],
])('%s is refused with a sentence', async (name, sentence) => {
  await expect(plan(name)).rejects.toThrow(sentence);
});
