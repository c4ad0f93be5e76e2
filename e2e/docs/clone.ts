import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { allPaths, CHECKOUT } from '../../tools/tidy/repository-files.ts';

/**
 * The repository as a user has it after a clone. What is not committed here is in its only commit, too. The installed packages
 * are those of this checkout: installing them is what every test of it begins with.
 */
export function makeClone(): string {
  const clone = mkdtempSync(join(tmpdir(), 'event-bus-docs-'));
  for (const path of allPaths()) cpSync(join(CHECKOUT, path), join(clone, path), { preserveTimestamps: true });
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: clone, stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.name', 'Hana Lee');
  git('config', 'user.email', 'hana@example.com');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'clone');
  for (const modules of globSync('{.,apps/*,packages/*,tools/*}/node_modules', { cwd: CHECKOUT })) {
    if (modules.startsWith('tools/release')) continue;
    execFileSync('cp', ['-a', join(CHECKOUT, modules), join(clone, dirname(modules))]);
  }
  return clone;
}
