import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, COMPILED } from './checkout.mjs';
import { runWithProgress } from './run-with-progress.mjs';

/** Says that it is done: other tasks fill the same cache. */
const STAMP = join(CACHE, 'broker-compiled');

/** What log-broker loads at a start with the options of the stack. */
const PROGRAM = `
  await import('./packages/log-broker/src/cli.ts');
  await import('./packages/log-broker/src/observe/health-server.ts');
`;

/**
 * log-broker runs from its sources. Whoever strips their types first keeps what does that in memory, which is 25 MB: this is a
 * process that ends, and the broker of the first start finds the rest in Node's compile cache.
 * @param {string} node
 */
export async function compileBrokerWhenNeeded(node) {
  if (existsSync(STAMP)) return;
  await runWithProgress(
    'compiling log-broker',
    'See the messages of Node above.',
    [node, '--input-type=module', '-e', PROGRAM],
    { NODE_COMPILE_CACHE: COMPILED },
  );
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(STAMP, '');
}
