import { readFileSync } from 'node:fs';

const EXAMPLE = /^<!-- (file|output): (\S+) -->\n```\w*\n(.*?)^```$/gms;

export interface Examples {
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the file at a path prints. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The examples of a document that say which file they are, `<!-- file: src/app.ts -->` before the code. */
export function examplesOf(document: string): Examples {
  const found = { file: {}, output: {} } as Record<string, Record<string, string>>;
  for (const [, kind = '', path = '', content = ''] of readFileSync(document, 'utf8').matchAll(EXAMPLE))
    found[kind]![path] = content;
  return { files: found['file']!, outputs: found['output']! };
}
