import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKOUT, filesOf } from '../../tools/tidy/repository-files.ts';
import { run, runOrThrow } from '../harness/user-commands.ts';
import type { Result } from '../harness/user-commands.ts';

const CHANGESET = join(CHECKOUT, 'tools', 'release', 'node_modules', '@changesets', 'cli', 'bin.js');
const PACKAGES = ['event-catalog', 'log-broker', 'messaging-client', 'service-kit'];

const copy = mkdtempSync(join(tmpdir(), 'changes-'));
beforeAll(async () => {
  const needed =
    /^\.changeset\/config\.json$|^(.*\/)?package\.json$|^package-lock\.json$|^packages\/.*\/CHANGELOG\.md$/;
  for (const { path } of filesOf(needed)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(CHECKOUT, path), join(copy, path));
  }
  await runOrThrow(copy, ['git', 'init', '--quiet', '--initial-branch', 'main']);
  await runOrThrow(copy, ['git', 'add', '--all']);
  const author = ['-c', 'user.name=copy', '-c', 'user.email=copy@example.com'] as const;
  await runOrThrow(copy, ['git', ...author, 'commit', '--quiet', '--message', 'copy']);
});
afterAll(() => rmSync(copy, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  writeFileSync(join(copy, path), text);
}

const manifestOf = (name: string) => {
  const manifest = readFileSync(join(copy, 'packages', name, 'package.json'), 'utf8');
  return JSON.parse(manifest) as { version: string; peerDependencies?: Record<string, string> };
};

/**
 * What this checkout adds to the main branch, or on the main branch all since the last version: `changeset version` writes CHANGELOGs.
 * The history of a shallow clone begins with its only commit, to which nothing has been added.
 */
function baseOfChanges(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { cwd: CHECKOUT, encoding: 'utf8' }).stdout.trim();
  const main = git('merge-base', 'origin/main', 'HEAD');
  return main !== '' && main !== git('rev-parse', 'HEAD')
    ? main
    : git('log', '-1', '--format=%H', '--', 'packages/*/CHANGELOG.md');
}

/** What git does not know does not count. */
async function status(folder: string, since: string): Promise<Result> {
  if (folder === copy) await runOrThrow(copy, ['git', 'add', '--all']);
  return run(folder, ['node', CHANGESET, 'status', `--since=${since}`]);
}

test('a change of the packages here is recorded', async () => {
  const { code, output } = await status(CHECKOUT, baseOfChanges());
  expect(code, output).toBe(0);
});

test('a change of a package that is not recorded is noticed, and one of its specs is none', async () => {
  write('packages/log-broker/src/broker.spec.ts', 'changed');
  expect(await status(copy, 'HEAD')).toMatchObject({ code: 0 });
  write('packages/log-broker/src/broker.ts', 'changed');
  const unrecorded = await status(copy, 'HEAD');
  expect(unrecorded).toMatchObject({ code: 1 });
  expect(unrecorded.output).toContain('Some packages have been changed but no changesets were found');
  write('.changeset/none.md', '---\n---\n');
  expect(await status(copy, 'HEAD')).toMatchObject({ code: 0 });
  await runOrThrow(copy, ['git', 'reset', '--quiet', '--hard']);
});

test('a recorded change of one package is in its CHANGELOG, and in the next version of all', async () => {
  write('.changeset/a-change.md', "---\n'@event-bus/messaging-client': patch\n---\n\n`append()` says what is wrong.\n");
  const { version } = manifestOf('log-broker');

  await runOrThrow(copy, ['node', CHANGESET, 'version']);

  const next = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
  expect(PACKAGES.map((name) => manifestOf(name).version)).toEqual(PACKAGES.map(() => next));
  expect(manifestOf('service-kit').peerDependencies?.['@event-bus/messaging-client']).toBe('*');
  const changelog = readFileSync(join(copy, 'packages', 'messaging-client', 'CHANGELOG.md'), 'utf8');
  expect(changelog).toContain(`## ${next}\n\n### Patch Changes\n\n- \`append()\` says what is wrong.\n`);
  expect(changelog).toContain(`## ${version}\n`);
});
