import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

/** Installs the programs that check and publish packages, when they are not those of their lockfile. */
export async function installReleaseTools() {
  await installFolder('installing the release tools', join(CHECKOUT, 'tools', 'release'));
}

/** Installs the clients of the brokers that only the lab uses. */
export async function installLabClients() {
  await installFolder('installing the clients of the lab', join(CHECKOUT, 'lab'));
}

/**
 * For a folder with a lockfile of its own.
 * @param {string} what
 * @param {string} folder
 */
async function installFolder(what, folder) {
  const wanted = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  // Which lockfile the installed packages are from. Lies among them, so that it goes with them.
  const stamp = join(folder, 'node_modules', '.lockfile-of-checkout');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await runWithProgress(what, 'Is the package registry reachable?', [
    'npm',
    'ci',
    '--prefix',
    folder,
    '--no-workspaces',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  writeFileSync(stamp, wanted);
}
