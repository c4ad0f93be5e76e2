import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../tidy/repository-files.ts';
import { GENERATED_FOLDERS } from './document-paths.ts';

/**
 * Writes all documents. Their content is a file snapshot of `documents.spec.ts`, because the services' modules have decorators,
 * which Node does not run from source and vitest does.
 * @returns the exit code
 */
export async function writeDocuments(): Promise<number> {
  // An event that is no longer in the catalog leaves no file behind.
  for (const folder of GENERATED_FOLDERS) rmSync(join(CHECKOUT, folder), { recursive: true, force: true });
  const vitest = join(CHECKOUT, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'unit', '--update=all', 'tools/contracts/documents.spec.ts'];
  const child = spawn(process.execPath, args, { cwd: CHECKOUT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
