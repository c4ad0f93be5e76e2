import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const CHECKOUT = join(import.meta.dirname, '..', '..');

/** What is made from the rest; looked at where there is no git to tell. */
const GENERATED = new Set(['node_modules', 'dist', 'coverage', '.git', '.turbo', '.data']);

export interface RepositoryFile {
  /** From the root of the checkout, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

/** Every file that is, or is about to be, part of the repository, and matches. */
export function filesOf(pattern: RegExp): RepositoryFile[] {
  return allPaths()
    .filter((path) => pattern.test(path))
    .map((path) => {
      const text = readFileSync(join(CHECKOUT, path), 'utf8');
      return { path, text, lines: text.split('\n') };
    });
}

export function allPaths(): string[] {
  paths ??= (listByGit() ?? walk(CHECKOUT)).filter((path) => existsSync(join(CHECKOUT, path)));
  return paths;
}

let paths: string[] | undefined;

function listByGit(): string[] | undefined {
  try {
    const command = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const list = execFileSync('git', command, { cwd: CHECKOUT, encoding: 'utf8', stdio: 'pipe' });
    return list.split('\0').filter((path) => path !== '');
  } catch {
    return undefined;
  }
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (GENERATED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [relative(CHECKOUT, path)];
  });
}

/** `path:line  text` of each line that matches, as an editor can follow it. */
export function findLines(files: readonly RepositoryFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}  ${line.trim()}`] : [])),
  );
}

/** What a TypeScript file imports, by the names it uses for it. */
export function importsOf({ text }: RepositoryFile): string[] {
  const pattern = /^\s*(?:import|export)\b[^'";]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
