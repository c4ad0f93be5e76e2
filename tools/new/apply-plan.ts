import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Problem } from '../set-up/problem.mjs';
import { pathsOf } from './git.ts';
import type { Plan, Step } from './plan.ts';
import { rememberFiles } from './written-files.ts';

export interface Written {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Writes a plan and runs its steps. If one fails, every file of the checkout is as it was before.
 * @param begins is called before each step, which can take a while
 * @throws Problem with the output of the step that failed
 */
export async function applyPlan(
  root: string,
  { changes, removedFolders = [], steps }: Plan,
  begins: (step: Step) => void,
): Promise<Written> {
  const before = readAll(root);
  // A Ctrl-C ends the running step, and with it this command; the files are still put back.
  const ignore = (): void => undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, ignore);
  try {
    for (const [path, text] of changes) put(root, path, text);
    for (const step of steps) {
      begins(step);
      await run(root, step);
    }
  } catch (error) {
    const now = readAll(root);
    for (const path of now.keys()) if (!before.has(path)) put(root, path, undefined);
    for (const [path, content] of before) if (now.get(path)?.equals(content) !== true) put(root, path, content);
    throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, ignore);
  }
  for (const folder of removedFolders) rmSync(join(root, folder), { recursive: true, force: true });
  const written = compare(before, readAll(root));
  rememberFiles(root, [...written.created, ...written.changed]);
  return written;
}

function readAll(root: string): Map<string, Buffer> {
  return new Map(pathsOf(root).map((path) => [path, readFileSync(join(root, path))]));
}

function compare(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): Written {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return {
    created: paths.filter((path) => !before.has(path)),
    changed: paths.filter((path) => after.get(path)?.equals(before.get(path) ?? after.get(path)!) === false),
    removed: paths.filter((path) => !after.has(path)),
  };
}

function put(root: string, path: string, content: string | Buffer | undefined): void {
  const file = join(root, path);
  if (content !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return;
  }
  rmSync(file);
  removeEmptyFolders(dirname(file));
}

function removeEmptyFolders(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  removeEmptyFolders(dirname(folder));
}

async function run(root: string, { command, args }: Step): Promise<void> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Problem(`${command} failed, and every file is as it was before`, 'See its output above.', output);
  }
}

/** Whether a file of a plan that is new would replace one. */
export function requireNew(root: string, paths: readonly string[]): void {
  const existing = paths.filter((path) => existsSync(join(root, path)));
  if (existing.length > 0) {
    throw new Problem(
      `${existing.join(', ')} exists, and is not overwritten`,
      'Choose another name, or remove it first.',
    );
  }
}
