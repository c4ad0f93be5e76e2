import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, CHECKOUT } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

/** What the last build was made of. */
const STAMP = join(CACHE, 'built');

const WORKSPACE_FOLDERS = ['packages', 'apps'];

/**
 * Builds when a source is newer, or other, than at the last build. Turborepo knows that, too, and what can be skipped;
 * running it costs about a second, comparing the files ourselves a few milliseconds.
 */
export async function buildWhenNeeded() {
  const workspaces = WORKSPACE_FOLDERS.flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder))
      .map((name) => join(CHECKOUT, folder, name))
      .filter((path) => existsSync(join(path, 'tsconfig.build.json'))),
  );
  const wanted = fingerprint(workspaces);
  const isBuilt = workspaces.every((path) => existsSync(join(path, 'dist')));
  if (isBuilt && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;

  const turbo = join(CHECKOUT, 'node_modules', '.bin', 'turbo');
  await runWithProgress(
    `building ${workspaces.length} workspaces`,
    'See the messages of the compiler above.',
    [turbo, 'run', 'build', '--output-logs=errors-only', '--ui=stream'],
    { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', FORCE_COLOR: process.stderr.isTTY ? '1' : '0' },
  );
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(STAMP, wanted);
}

/**
 * Names, sizes and times of everything that a build reads.
 * @param {string[]} workspaces
 */
function fingerprint(workspaces) {
  const hash = createHash('sha256');
  const inputs = [
    join(CHECKOUT, 'package-lock.json'),
    join(CHECKOUT, 'tsconfig.base.json'),
    join(CHECKOUT, 'turbo.json'),
    ...workspaces.flatMap((path) => [
      join(path, 'package.json'),
      join(path, 'tsconfig.build.json'),
      // The second is a page, which only the console has.
      ...['src', 'web'].flatMap((folder) => filesIn(join(path, folder))).filter((file) => !/\.spec\.tsx?$/.test(file)),
    ]),
  ];
  for (const file of inputs) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]));
}
