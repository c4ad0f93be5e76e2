import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const EXAMPLE = /^<!-- (file|output): (\S+) -->\n```\w*\n(.*?)^```$/gms;

export interface Examples {
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the file at a path prints. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The examples of a package's README that say which file they are, `<!-- file: src/app.ts -->` before the code. */
export function examplesOf(packageFolder: string): Examples {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const found = { file: {}, output: {} } as Record<string, Record<string, string>>;
  for (const [, kind = '', path = '', content = ''] of readme.matchAll(EXAMPLE)) found[kind]![path] = content;
  return { files: found['file']!, outputs: found['output']! };
}
