import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Hashes of the files that commands have created or changed, by path. In a cache: without it, a removal needs a commit before, or --force. */
const HASHES = join('node_modules', '.cache', 'event-bus', 'written-files.json');

export function rememberFiles(root: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const hashes = { ...readHashes(root), ...Object.fromEntries(paths.map((path) => [path, hashOf(root, path)])) };
  mkdirSync(dirname(join(root, HASHES)), { recursive: true });
  writeFileSync(join(root, HASHES), JSON.stringify(hashes));
}

/** Whether no one has changed the file since a command wrote it. */
export function isAsWritten(root: string, path: string): boolean {
  return existsSync(join(root, path)) && readHashes(root)[path] === hashOf(root, path);
}

function readHashes(root: string): Record<string, string> {
  const file = join(root, HASHES);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}

function hashOf(root: string, path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('hex');
}
