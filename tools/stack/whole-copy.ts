import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from './processes.ts';

const run = promisify(execFile);
const MEGABYTE = 1_000_000;

/** By which a file system counts (POSIX, st_blocks). */
const BLOCK = 512;

/** Names the space that is needed, before anything is copied. */
export class NotEnoughSpace extends Error {
  constructor(folder: string, freeBytes: number, neededBytes: number, what: string) {
    const [free, needed] = [freeBytes, neededBytes].map((bytes) => `${Math.ceil(bytes / MEGABYTE)} MB`);
    super(`${folder} has ${free} free, and ${what} needs ${needed}`);
    this.name = 'NotEnoughSpace';
  }
}

/** @throws {NotEnoughSpace} when the disk of this folder, or of the nearest that exists above it, has less than that free */
export function requireSpace(folder: string, neededBytes: number, what: string): void {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  if (bavail * bsize < neededBytes) throw new NotEnoughSpace(existing, bavail * bsize, neededBytes, what);
}

/** What a folder takes on the disk, and its copy will take. */
export function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(folder, name)))
    .reduce((sum, { blocks, size }) => sum + Math.max(blocks * BLOCK, size), 0);
}

/**
 * A copy of a folder, with owners and permissions, that is complete or absent: also when the disk is full, when we are
 * killed in the middle, and when two make it at the same time. What killed copies left is removed first.
 * @param finish done to the copy before it is seen under its name
 */
export async function copyWhole(
  from: string,
  to: string,
  finish: (unfinished: string) => Promise<unknown> = async () => undefined,
): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  removeUnfinished(to);
  const unfinished = `${to}.unfinished-${process.pid}`;
  try {
    await run('cp', ['-pR', from, unfinished]);
    await finish(unfinished);
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function removeUnfinished(to: string): void {
  const folder = dirname(to);
  const prefix = `${basename(to)}.unfinished`;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length + 1));
    if (pid > 0 && pid !== process.pid && isAlive(pid)) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
