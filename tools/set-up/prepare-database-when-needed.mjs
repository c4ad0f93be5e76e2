import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, CHECKOUT } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

/**
 * The empty database cluster that every new one is a copy of, made while the build runs instead of at the first start.
 * @param {string} node
 */
export async function prepareDatabaseWhenNeeded(node) {
  if (existsSync(CACHE) && readdirSync(CACHE).some((name) => name.startsWith('postgres-'))) return;
  await runWithProgress('preparing PostgreSQL', '`npm run doctor` shows what is missing on this machine.', [
    node,
    join(CHECKOUT, 'tools', 'stack', 'postgres', 'prepare-template.ts'),
  ]);
}
