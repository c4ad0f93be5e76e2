import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** In node_modules: what tools write there later. A hard link would change it here, too. */
const WRITTEN_LATER = new Set(['.cache', '.vite', '.vite-temp']);

/** A clone of this checkout with what is not committed yet, and with the packages that are installed here. */
export function cloneCheckout(folder: string): void {
  git(dirname(folder), 'clone', '--quiet', CHECKOUT, folder);
  git(folder, 'config', 'user.name', 'clone');
  git(folder, 'config', 'user.email', 'clone@example.com');
  const uncommitted = git(CHECKOUT, 'ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard');
  for (const path of uncommitted.split('\0').filter((one) => one !== '')) {
    if (existsSync(join(CHECKOUT, path))) cpSync(join(CHECKOUT, path), join(folder, path));
    else rmSync(join(folder, path), { force: true });
  }
  commitAll(folder);
  for (const modules of globSync('{.,{apps,packages,tools}/*}/node_modules', { cwd: CHECKOUT })) {
    const names = readdirSync(join(CHECKOUT, modules)).filter((one) => !WRITTEN_LATER.has(one));
    linkAll(join(CHECKOUT, modules), names, join(folder, modules));
  }
  // A copy of the empty database that every new one is copied from; preparing it takes as long as the rest of a start.
  // With its owner: as root, PostgreSQL runs as another user.
  for (const template of globSync('node_modules/.cache/event-bus/postgres-*', { cwd: CHECKOUT })) {
    mkdirSync(dirname(join(folder, template)), { recursive: true });
    execFileSync('cp', ['-a', join(CHECKOUT, template), join(folder, template)]);
  }
}

/** Hard links where the temporary folder is on the same disk, else copies. */
function linkAll(from: string, names: readonly string[], to: string): void {
  mkdirSync(to, { recursive: true });
  try {
    execFileSync('cp', ['-al', ...names, to], { cwd: from, stdio: 'ignore' });
  } catch {
    for (const name of names) cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
  }
}

export function commitAll(folder: string): void {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'step');
}

export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
