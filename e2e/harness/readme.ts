import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHECKOUT = join(import.meta.dirname, '..', '..');
export const README = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');

/** The shell blocks of a document, as they stand. */
function shellBlocksIn(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!.trim());
}

/** The commands of a section of the README, as they stand: one for each paragraph of its blocks. */
export function commandsOf(section: string): string[] {
  const [, text = ''] = README.split(`\n## ${section}\n`);
  return shellBlocksIn(text.split('\n## ')[0]!).flatMap((block) => block.split('\n\n'));
}

/** The commands of a whole document, one for each line. A line that ends in a backslash goes on with the next one. */
export function commandsIn(path: string): string[] {
  return shellBlocksIn(readFileSync(join(CHECKOUT, path), 'utf8')).flatMap((block) =>
    block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}
