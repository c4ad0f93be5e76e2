import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, endProcess, isAlive } from '../processes.ts';

/** A fast shutdown ends all connections and writes one checkpoint. */
const FAST_SHUTDOWN_MS = 15_000;

/** The server that a killed run left on this cluster, if there is one: PostgreSQL outlives its parent. */
export function findLeftoverPostgres(dataFolder: string): number | undefined {
  const pidFile = join(dataFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return undefined;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  // The file survives a power failure, and then its id may belong to another process.
  return pid > 0 && isAlive(pid) && commandOf(pid)?.includes(dataFolder) ? pid : undefined;
}

/** @returns its process id */
export async function stopLeftoverPostgres(dataFolder: string): Promise<number | undefined> {
  const pid = findLeftoverPostgres(dataFolder);
  if (pid !== undefined) await endProcess(pid, 'SIGINT', FAST_SHUTDOWN_MS);
  return pid;
}
