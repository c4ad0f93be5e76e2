import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, startedAt } from './processes.ts';

/** A process by id and start time, because ids are given out again. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
  /** It is stopping, so waiting for it is worth it. */
  readonly stopping?: boolean;
}

const FILE = 'supervisor.json';
const POLL_MS = 50;

/** A run whose terminal was closed or whose npm was killed notices that in a moment, and stops. */
const MAY_BE_STOPPING_MS = 700;

/** A stop takes a few seconds, and all its bounds together less than this. */
const STOPS_WITHIN_MS = 60_000;

/** Another process runs a stack on this folder. */
export class DataFolderInUse extends Error {
  readonly pid: number;

  constructor(dataFolder: string, pid: number) {
    super(`process ${pid} already runs the stack of ${dataFolder}`);
    this.name = 'DataFolderInUse';
    this.pid = pid;
  }
}

export interface DataFolderLock {
  /** Another process may wait for the folder from now on. */
  announceStop(): void;
  release(): void;
}

/** One supervisor per data folder: two would end each other's parts as leftovers. */
export async function lockDataFolder(dataFolder: string): Promise<DataFolderLock> {
  const path = join(dataFolder, FILE);
  const self: Owner = { pid: process.pid, startedAt: startedAt(process.pid) ?? '' };
  const begun = performance.now();
  while (!take(path, self)) {
    const owner = readOwner(dataFolder);
    // Its owner was killed.
    if (owner === undefined) rmSync(path, { force: true });
    else if (performance.now() - begun > (owner.stopping ? STOPS_WITHIN_MS : MAY_BE_STOPPING_MS)) {
      throw new DataFolderInUse(dataFolder, owner.pid);
    } else await delay(POLL_MS);
  }
  return {
    announceStop: () => {
      writeFileSync(`${path}.new`, JSON.stringify({ ...self, stopping: true }));
      renameSync(`${path}.new`, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** The process that runs a stack on this folder now. */
export function findSupervisor(dataFolder: string): number | undefined {
  return readOwner(dataFolder)?.pid;
}

function take(path: string, self: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(self), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(dataFolder: string): Owner | undefined {
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(join(dataFolder, FILE), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
  return isAlive(owner.pid) && startedAt(owner.pid) === owner.startedAt ? owner : undefined;
}
