import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../tools/tidy/repository-files.ts';

/** The commands in the shell blocks of a document, as they stand. A line that ends in a backslash goes on with the next one. */
export function commandsIn(path: string): string[] {
  const blocks = readFileSync(join(CHECKOUT, path), 'utf8').matchAll(/^```sh\n(.*?)^```/gms);
  return [...blocks].flatMap(([, block]) =>
    block!
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}
