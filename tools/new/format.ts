import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { Problem } from '../set-up/problem.mjs';

/** The text as `npm run check` wants it: where its lines break depends on the names in it. */
export async function formatted(root: string, path: string, text: string): Promise<string> {
  const { ignorePatterns: _, ...options } = JSON.parse(readFileSync(join(root, '.oxfmtrc.json'), 'utf8')) as {
    ignorePatterns: string[];
  };
  const { code, errors } = await format(path, text, options);
  if (errors.length > 0) {
    const reasons = errors.map(({ message }) => message).join('; ');
    throw new Problem(`${path} would not be valid: ${reasons}`, 'Is one of the names a word of the language?');
  }
  return code;
}
