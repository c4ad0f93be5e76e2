import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, CHECKOUT } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

/** What the manifests were when they were found to be right. */
const STAMP = join(CACHE, 'manifests');

/**
 * Checks the manifests of the services after a change. What reads them later does not: the schema library would cost each start time
 * and memory.
 * @param {string} node
 */
export async function checkManifestsWhenChanged(node) {
  const apps = join(CHECKOUT, 'apps');
  const hash = createHash('sha256');
  for (const name of readdirSync(apps).sort()) {
    const file = join(apps, name, 'service.json');
    if (existsSync(file)) hash.update(`${name}\n`).update(readFileSync(file));
  }
  const found = hash.digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === found) return;
  await runWithProgress('checking apps/*/service.json', 'Correct what is named above.', [
    node,
    join(CHECKOUT, 'tools', 'services', 'main.ts'),
  ]);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(STAMP, found);
}
