import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startedAt } from './processes.ts';

/** A process by number and start, because numbers are given out again. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

const FILE = 'supervisor.json';

/** Somebody else runs a stack on this folder. */
export class DataFolderInUse extends Error {
  readonly pid: number;

  constructor(dataFolder: string, pid: number) {
    super(`process ${pid} already runs the stack of ${dataFolder}`);
    this.name = 'DataFolderInUse';
    this.pid = pid;
  }
}

/**
 * One supervisor per data folder: two would end each other's parts as leftovers.
 * @returns how to let go of it
 */
export function lockDataFolder(dataFolder: string): () => void {
  const path = join(dataFolder, FILE);
  const self: Owner = { pid: process.pid, startedAt: startedAt(process.pid) ?? '' };
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(self), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = findSupervisor(dataFolder);
    if (owner !== undefined) throw new DataFolderInUse(dataFolder, owner);
    // Whoever wrote it was killed.
    rmSync(path, { force: true });
  }
}

/** The process that runs a stack on this folder now. */
export function findSupervisor(dataFolder: string): number | undefined {
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(join(dataFolder, FILE), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
  return isAlive(owner.pid) && startedAt(owner.pid) === owner.startedAt ? owner.pid : undefined;
}
