import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHECKOUT } from '../tidy/repository-files.ts';

/**
 * Writes all documents. Their content is a file snapshot of `documents.spec.ts`, because the services' modules have decorators,
 * which Node does not run from source and vitest does.
 * @returns the exit code
 */
export async function writeDocuments(): Promise<number> {
  const vitest = join(CHECKOUT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'unit', '--update=all', 'tools/contracts/documents.spec.ts'];
  const child = spawn(process.execPath, args, { cwd: CHECKOUT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
