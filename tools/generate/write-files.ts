import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What is to be in a checkout: the text of each file by its path, or undefined for one that is to be deleted. */
export type Files = ReadonlyMap<string, string | undefined>;

/** Those that differ from what is there. */
export function staleFiles(root: string, files: Files): string[] {
  return [...files].filter(([path, text]) => textOf(root, path) !== text).map(([path]) => path);
}

/**
 * Writes what differs. First every text goes to a file beside its place; then each takes its place in one step. Interrupted
 * at any moment, every file is whole: the one of before, or the new one.
 * @returns their paths
 */
export function writeFiles(root: string, files: Files): string[] {
  const stale = staleFiles(root, files);
  const suffix = `.${randomUUID()}.tmp`;
  const written: string[] = [];
  try {
    for (const path of stale) {
      const text = files.get(path);
      if (text === undefined) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      written.push(path);
      writeFileSync(join(root, path) + suffix, text, { mode: modeOf(join(root, path)) });
    }
    for (const path of stale) {
      if (files.get(path) === undefined) rmSync(join(root, path));
      else renameSync(join(root, path) + suffix, join(root, path));
    }
  } finally {
    for (const path of written) rmSync(join(root, path) + suffix, { force: true });
  }
  return stale;
}

function textOf(root: string, path: string): string | undefined {
  const file = join(root, path);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8') : undefined;
}

/** A script stays executable. */
function modeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mode ?? 0o644;
}
