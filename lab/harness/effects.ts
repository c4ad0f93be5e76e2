import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../bench/harness/temporary-folder.ts';
import type { Lab } from './experiment.ts';

/** A file, until the experiment ends, to which a `ConsumerProcess` adds a line for each message. */
export interface Effects {
  readonly file: string;
  lines(): string[];
}

export function collectEffects(lab: Lab): Effects {
  const folder = temporaryFolder();
  lab.closeAtEnd(async () => folder.remove());
  const file = join(folder.path, 'effects');
  return { file, lines: () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []) };
}
