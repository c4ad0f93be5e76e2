import { join } from 'node:path';
import type { FileSystem } from './file-system.ts';

/** Another broker is running on the same data. */
export class DataInUseError extends Error {
  override name = 'DataInUseError';
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by the log-broker with process id ${pid}`);
    this.pid = pid;
  }
}

/**
 * Two brokers on one folder would overwrite each other. The lock is a file with the holder's process id and, where `/proc`
 * exists, the start time of that process: the lock of an ended process whose id was reused is stale and taken over. A zombie
 * has ended: it has no open files, and only waits for its parent to read its exit code.
 */
export function lockDataFolder(files: FileSystem, folder: string): () => void {
  const path = join(folder, '.lock');
  const [pid, startedAt] = (files.readFile(path)?.toString('utf8') ?? '').trim().split(' ');
  const holder = Number(pid);
  if (holder > 0 && isAlive(files, holder, startedAt) && (holder !== process.pid || heldHere.has(path))) {
    throw new DataInUseError(folder, holder);
  }
  files.removeFile(path);
  const own = `${process.pid} ${readProcess(files, process.pid)?.startedAt ?? ''}\n`;
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
    // EPERM: the process exists, and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = readProcess(files, pid);
  if (!found) return true;
  if (found.state === 'Z' || found.state === 'X') return false;
  return startedAt === undefined || startedAt === '' || found.startedAt === startedAt;
}

/**
 * State (field 3 of /proc/PID/stat) and start time in clock ticks after boot (field 22). Fields are counted from behind
 * the command, which may contain spaces and brackets. Undefined where there is no /proc.
 */
function readProcess(files: FileSystem, pid: number): { state?: string; startedAt?: string } | undefined {
  const stat = files.readFile(`/proc/${pid}/stat`)?.toString('utf8');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0], startedAt: fields[19] };
}
