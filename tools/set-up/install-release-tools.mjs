import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

const FOLDER = join(CHECKOUT, 'tools', 'release');
const LOCKFILE = join(FOLDER, 'package-lock.json');
/** Which lockfile the installed programs are from. Lies among them, so that it goes with them. */
const STAMP = join(FOLDER, 'node_modules', '.lockfile-of-event-bus');

/** Installs the programs that check and publish packages, when they are not those of their lockfile. */
export async function installReleaseTools() {
  const wanted = readFileSync(LOCKFILE, 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  await runWithProgress('installing the release tools', 'Is the package registry reachable?', [
    'npm',
    'ci',
    '--prefix',
    FOLDER,
    '--no-workspaces',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(STAMP, wanted);
}
