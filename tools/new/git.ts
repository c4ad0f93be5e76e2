import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../set-up/problem.mjs';

/** Every file that is tracked by git, or would be with the next `git add`. */
export function pathsOf(root: string): string[] {
  const list = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0');
  return [...new Set(list)].filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Files that differ from the last commit, and new ones. */
export function dirtyPaths(root: string): string[] {
  const entries = git(root, ['status', '--porcelain', '-z', '--untracked-files=all', '--no-renames']).split('\0');
  return entries.filter((entry) => entry !== '').map((entry) => entry.slice(3));
}

function git(root: string, args: readonly string[]): string {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    throw new Problem(
      `git ${args[0]} failed: ${(error as Error).message.split('\n')[0]}`,
      'These commands need a git checkout, because `git diff` shows what they did and `git restore` undoes it.',
    );
  }
}
