import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NamedExperiment } from '../experiments/all.ts';
import { pagesOf } from './pages.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');

export function writePages(experiments: readonly NamedExperiment[]): void {
  const pages = pagesOf(experiments);
  rmSync(join(DOCS, 'lab'), { recursive: true, force: true });
  for (const [path, content] of pages) {
    mkdirSync(dirname(join(DOCS, path)), { recursive: true });
    writeFileSync(join(DOCS, path), content);
  }
}

/** Paths, from docs/, of what is not as the results make it. */
export function stalePages(experiments: readonly NamedExperiment[]): string[] {
  const pages = pagesOf(experiments);
  const leftOver = readdirSync(join(DOCS, 'lab'))
    .map((file) => `lab/${file}`)
    .filter((path) => !pages.has(path));
  const changed = [...pages].filter(([path, content]) => readOrEmpty(join(DOCS, path)) !== content);
  return [...changed.map(([path]) => path), ...leftOver];
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
