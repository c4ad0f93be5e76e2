import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findIncompleteEntries } from '../lockfile/find-incomplete-entries.mjs';
import { CACHE, CHECKOUT } from './checkout.mjs';
import { isListed, linkWorkspaces, workspacesHaveTheirs } from './installed-packages.mjs';
import { Problem } from './problem.mjs';
import { runWithProgress } from './run-with-progress.mjs';

const LOCKFILE = join(CHECKOUT, 'package-lock.json');

/** Which lockfile the installed packages are from. Lies among them, so that it goes with them. */
const STAMP = join(CACHE, 'installed');

const REMEDY = 'Is the package registry reachable? `npm run doctor` checks for other causes.';

/** Installs only when the installed packages differ from the lockfile. A workspace that was added or removed is only linked. */
export async function installWhenNeeded() {
  const text = readFileSync(LOCKFILE, 'utf8');
  const lockfile = JSON.parse(text);
  const wanted = fingerprint(text);
  const isWhole = workspacesHaveTheirs(CHECKOUT, lockfile);
  if (isWhole && stampIs(wanted)) return;

  if (!isWhole || !isListed(CHECKOUT, lockfile)) {
    const incomplete = findIncompleteEntries(lockfile);
    if (incomplete.length > 0) {
      throw new Problem(
        `package-lock.json lacks entries for other platforms: ${incomplete.join(', ')}`,
        'npm ci rejects it. Restore the last good one: git checkout package-lock.json',
      );
    }
    const { length } = Object.keys(lockfile.packages);
    await runWithProgress(`installing ${length} packages`, REMEDY, [
      ...npm(),
      'ci',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
  }
  linkWorkspaces(CHECKOUT, lockfile);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(STAMP, wanted);
}

export function isInstalledAsLocked() {
  const text = readFileSync(LOCKFILE, 'utf8');
  const lockfile = JSON.parse(text);
  return workspacesHaveTheirs(CHECKOUT, lockfile) && (stampIs(fingerprint(text)) || isListed(CHECKOUT, lockfile));
}

/** @param {string} lockfile its text */
function fingerprint(lockfile) {
  return createHash('sha256').update(lockfile).digest('hex');
}

/** @param {string} wanted */
function stampIs(wanted) {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted;
}

/**
 * The npm that started us, with the Node that it runs on; else the npm of the PATH.
 * @returns {[program: string, ...args: string[]]}
 */
function npm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  return script !== undefined && /npm-cli\.c?js$/.test(script) ? [node ?? process.execPath, script] : ['npm'];
}
