import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isListed, linkWorkspaces, workspacesHaveTheirs } from './installed-packages.mjs';

const INSTALLED = {
  '': {},
  'apps/old': { version: '1.0.0' },
  'apps/old/node_modules/deep': { version: '1.0.0' },
  'node_modules/@shop/old': { resolved: 'apps/old', link: true },
  'node_modules/tea': { version: '2.0.0' },
};
const { 'apps/old': _old, 'apps/old/node_modules/deep': _deep, 'node_modules/@shop/old': _link, ...REST } = INSTALLED;
const NEW = { 'apps/new': { version: '1.0.0' }, 'node_modules/@shop/new': { resolved: 'apps/new', link: true } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'installed-'));
  for (const app of ['old', 'new']) {
    mkdirSync(join(root, 'apps', app), { recursive: true });
    writeFileSync(join(root, 'apps', app, 'package.json'), `"${app}"`);
  }
  mkdirSync(join(root, 'node_modules', '@shop'), { recursive: true });
  symlinkSync('../../apps/old', join(root, 'node_modules', '@shop', 'old'));
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: INSTALLED }));
});
afterEach(() => rmSync(root, { recursive: true }));

it.each([
  ['a workspace was added', { ...INSTALLED, ...NEW }],
  ['a workspace was removed, with packages of its own', REST],
  ['an optional package is not for this platform', { ...INSTALLED, 'node_modules/other': { optional: true } }],
])('nothing has to be installed when %s', (_, packages) => {
  expect(isListed(root, { packages })).toBe(true);
});

it.each([
  ['has another version', { ...INSTALLED, 'node_modules/tea': { version: '2.0.1' } }],
  ['was added', { ...INSTALLED, 'node_modules/milk': { version: '1.0.0' } }],
  ['was removed', { ...INSTALLED, 'node_modules/tea': undefined! }],
])('packages have to be installed when one %s', (_, packages) => {
  const { packages: locked } = JSON.parse(JSON.stringify({ packages })) as { packages: typeof INSTALLED };
  expect(isListed(root, { packages: locked })).toBe(false);
});

it('the packages of a workspace are missed when only those of the root were copied', () => {
  expect(workspacesHaveTheirs(root, { packages: INSTALLED })).toBe(false);
  mkdirSync(join(root, 'apps', 'old', 'node_modules', 'deep'), { recursive: true });
  expect(workspacesHaveTheirs(root, { packages: INSTALLED })).toBe(true);
});

it('the packages of a workspace whose folder was deleted are not missed', () => {
  rmSync(join(root, 'apps', 'old'), { recursive: true });
  expect(workspacesHaveTheirs(root, { packages: INSTALLED })).toBe(true);
});

it('a workspace that was added is linked, and the link of one that was removed is deleted, as is one that leads elsewhere', () => {
  symlinkSync('../../apps/old', join(root, 'node_modules', '@shop', 'new'));
  linkWorkspaces(root, { packages: { ...REST, ...NEW } });
  expect(readFileSync(join(root, 'node_modules', '@shop', 'new', 'package.json'), 'utf8')).toBe('"new"');
  expect(existsSync(join(root, 'node_modules', '@shop', 'old'))).toBe(false);
});

it('links of a scope that the lockfile no longer has are deleted', () => {
  linkWorkspaces(root, { packages: REST });
  expect(lstatSync(join(root, 'node_modules', '@shop', 'old'), { throwIfNoEntry: false })).toBeUndefined();
});
