import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LabResults } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { labResults } from '../lab-results-schema.ts';

/** Of the repository, four folders up from the sources as from the compiled server. `npm run lab` writes it. */
const FILE = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'lab', 'results.json');

/**
 * What the lab has found, as docs/lab.md shows it. A deployment without the repository's documents has none.
 * @throws ConsoleProblem 500 when the file is damaged
 */
export async function readLabResults(file = FILE): Promise<LabResults> {
  let written: string;
  try {
    written = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { systems: [], sentences: [] };
    throw damaged(file, error);
  }
  try {
    return labResults.parse(JSON.parse(written));
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: string, error: unknown): ConsoleProblem {
  const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  return new ConsoleProblem(
    500,
    `The results of the lab cannot be read from ${file}: ${reason}`,
    'npm run lab -- --pages writes them again.',
    { code: 'lab-unreadable', params: { file, reason } },
  );
}
