import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, startedAt } from './process.mjs';

/**
 * A process by id and start time, because ids are given out again. `stopping`: it will release the lock soon.
 * @typedef {{pid: number, startedAt: string, stopping?: boolean}} Holder
 */

/**
 * Takes a lock file that names its holder. It is free at once when that process has ended, also by kill -9: one of
 * proper-lockfile stays for ten seconds more, and cannot be used before packages are installed.
 * @param {string} path
 * @returns {Holder | undefined} the process that has it; undefined when it is ours now
 */
export function takeLock(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(thisProcess()));
  try {
    for (;;) {
      if (link(own, path)) return undefined;
      const holder = holderOf(path) ?? removeStale(path);
      if (holder !== undefined) return holder;
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes the lock of a process that has ended, one process at a time: of two that found it stale, the second would remove the
 * lock that the first has taken since.
 * @param {string} path
 * @returns {Holder | undefined} the process that is removing it
 */
function removeStale(path) {
  const removal = `${path}.stale`;
  const remover = takeLock(removal);
  if (remover !== undefined) return remover;
  if (holderOf(path) === undefined) rmSync(path, { force: true });
  rmSync(removal);
  return undefined;
}

/** @returns {Holder} */
export function thisProcess() {
  return { pid: process.pid, startedAt: startedAt(process.pid) ?? '' };
}

/**
 * @param {string} path
 * @returns {Holder | undefined} the process that has it, if it is still running
 */
export function holderOf(path) {
  try {
    /** @type {Holder} */
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    return isAlive(holder.pid) && (startedAt(holder.pid) ?? '') === holder.startedAt ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A link appears together with its content, where a file that is created is empty at first.
 * @param {string} from
 * @param {string} to
 */
function link(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}
