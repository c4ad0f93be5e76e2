import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holderOf, thisProcess, takeLock } from '../set-up/process-lock.mjs';

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
  const begun = performance.now();
  for (let holder = takeLock(path); holder !== undefined; holder = takeLock(path)) {
    if (performance.now() - begun > (holder.stopping ? STOPS_WITHIN_MS : MAY_BE_STOPPING_MS)) {
      throw new DataFolderInUse(dataFolder, holder.pid);
    }
    await delay(POLL_MS);
  }
  return {
    announceStop: () => {
      writeFileSync(`${path}.new`, JSON.stringify({ ...thisProcess(), stopping: true }));
      renameSync(`${path}.new`, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}

/** The process that runs a stack on this folder now. */
export function findSupervisor(dataFolder: string): number | undefined {
  return holderOf(join(dataFolder, FILE))?.pid;
}
