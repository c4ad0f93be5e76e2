import { join } from 'node:path';
import type { FileSystem } from './file-system.ts';

/** Another broker is alive on the same data. */
export class DataInUseError extends Error {
  override name = 'DataInUseError';
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by the log-broker with process id ${pid}`);
    this.pid = pid;
  }
}

/**
 * Two brokers on one folder would write over each other. The lock is a file with the holder's process id and, where the
 * system tells (`/proc`), when that process started, so that the lock of a dead process whose id was given out again is
 * recognised as stale and taken over.
 */
export function lockDataFolder(files: FileSystem, folder: string): () => void {
  const path = join(folder, '.lock');
  const [pid, startedAt] = (files.readFile(path)?.toString('utf8') ?? '').trim().split(' ');
  const holder = Number(pid);
  if (holder > 0 && isAlive(files, holder, startedAt) && (holder !== process.pid || heldHere.has(path))) {
    throw new DataInUseError(folder, holder);
  }
  files.removeFile(path);
  const own = `${process.pid} ${processStart(files, process.pid) ?? ''}\n`;
  if (!files.createExclusive(path, own))
    throw new DataInUseError(folder, Number.parseInt(files.readFile(path)?.toString() ?? ''));
  heldHere.add(path);
  return () => {
    heldHere.delete(path);
    files.removeFile(path);
  };
}

/** Folders locked by this process: a second broker in one process is refused as well. */
const heldHere = new Set<string>();

function isAlive(files: FileSystem, pid: number, startedAt: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, it only belongs to someone else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const start = processStart(files, pid);
  return start === undefined || startedAt === undefined || startedAt === '' || start === startedAt;
}

/** Field 22 of /proc/PID/stat: start time in clock ticks after boot. Undefined where there is no /proc. */
function processStart(files: FileSystem, pid: number): string | undefined {
  const stat = files.readFile(`/proc/${pid}/stat`)?.toString('utf8');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
