import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CHECKOUT = join(import.meta.dirname, '..', '..');
export const README = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');

/** The commands of a section, as they stand: one for each paragraph of its blocks. */
export function commandsOf(section: string): string[] {
  const [, text = ''] = README.split(`\n## ${section}\n`);
  const blocks = [...text.split('\n## ')[0]!.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!.trim());
  return blocks.flatMap((block) => block.split('\n\n'));
}
