import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHECKOUT, filesOf } from '../../tools/tidy/repository-files.ts';
import { runOrThrow } from '../harness/user-commands.ts';

const CHANGESET = join(CHECKOUT, 'tools', 'release', 'node_modules', '@changesets', 'cli', 'bin.js');
const PACKAGES = ['event-catalog', 'log-broker', 'messaging-client', 'service-kit'];

const copy = mkdtempSync(join(tmpdir(), 'changes-'));
afterAll(() => rmSync(copy, { recursive: true }));

const manifestOf = (name: string) => {
  const manifest = readFileSync(join(copy, 'packages', name, 'package.json'), 'utf8');
  return JSON.parse(manifest) as { version: string; peerDependencies?: Record<string, string> };
};

test('a recorded change of one package is in its CHANGELOG, and in the next version of all', async () => {
  const needed =
    /^\.changeset\/config\.json$|^(.*\/)?package\.json$|^package-lock\.json$|^packages\/.*\/CHANGELOG\.md$/;
  for (const { path } of filesOf(needed)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(CHECKOUT, path), join(copy, path));
  }
  writeFileSync(
    join(copy, '.changeset', 'a-change.md'),
    "---\n'@event-bus/messaging-client': patch\n---\n\n`append()` says what is wrong.\n",
  );
  await runOrThrow(copy, ['git', 'init', '--quiet']);
  const { version } = manifestOf('log-broker');

  await runOrThrow(copy, ['node', CHANGESET, 'version']);

  const next = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  expect(PACKAGES.map((name) => manifestOf(name).version)).toEqual(PACKAGES.map(() => next));
  expect(manifestOf('service-kit').peerDependencies?.['@event-bus/messaging-client']).toBe('*');
  const changelog = readFileSync(join(copy, 'packages', 'messaging-client', 'CHANGELOG.md'), 'utf8');
  expect(changelog).toContain(`## ${next}\n\n### Patch Changes\n\n- \`append()\` says what is wrong.\n`);
  expect(changelog).toContain(`## ${version}\n`);
});
