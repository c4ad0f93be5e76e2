import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CHECKOUT } from '../tidy/repository-files.ts';

/**
 * Writes all documents, with everything else that is generated.
 * @returns the exit code
 */
export async function writeDocuments(): Promise<number> {
  const child = spawn(process.execPath, ['tools/generate/main.ts'], { cwd: CHECKOUT, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
