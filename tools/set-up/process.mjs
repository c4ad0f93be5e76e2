import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const onLinux = process.platform === 'linux';

/**
 * Whether it runs. A zombie has ended: it only waits for its parent to read its exit code.
 * @param {number} pid
 */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return false;
  }
  return !onLinux || !/^State:\s+[ZX]/m.test(readProc(pid, 'status') ?? '');
}

/**
 * When it started, as the system writes it: together with its id it identifies one process.
 * @param {number} pid
 */
export function startedAt(pid) {
  if (!onLinux) return ps(pid, 'lstart=');
  // Fields are counted from behind the command, which may hold spaces and brackets itself: start time is the 20th.
  return readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ')[19];
}

/**
 * @param {number} pid
 * @param {string} file
 */
export function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {number} pid
 * @param {string} column
 */
export function ps(pid, column) {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
