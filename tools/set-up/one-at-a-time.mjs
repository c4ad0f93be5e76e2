import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHECKOUT } from './checkout.mjs';

/** Not under node_modules, which an installation takes away. */
const LOCK = join(CHECKOUT, '.data', 'set-up.lock');

const POLL_MS = 100;

/** No set-up takes so long; the number in the file then belongs to another process. */
const ABANDONED_AFTER_MS = 30 * 60 * 1_000;

/**
 * Two set-ups of one checkout would take each other's files away; the second waits, and then finds all done.
 * @template T
 * @param {() => Promise<T>} setUp
 * @returns {Promise<T>}
 */
export async function oneAtATime(setUp) {
  mkdirSync(dirname(LOCK), { recursive: true });
  let said = false;
  while (!take()) {
    const owner = ownerOf();
    if (owner === undefined) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!said) console.error(`· another set-up of this checkout is at work (process ${owner}), waiting for it …`);
    said = true;
    await delay(POLL_MS);
  }
  const release = () => rmSync(LOCK, { force: true });
  process.once('exit', release);
  try {
    return await setUp();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take() {
  try {
    writeFileSync(LOCK, `${process.pid} ${readProcess(process.pid)?.startedAt ?? ''}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns {number | undefined} the process that has it, if that is still there */
function ownerOf() {
  try {
    const { mtimeMs } = statSync(LOCK);
    const [number, startedAt] = readFileSync(LOCK, 'utf8').split(' ');
    const pid = Number(number);
    // Between its creation and its content there is nothing in it.
    if (pid === 0) return Date.now() - mtimeMs > POLL_MS * 10 ? undefined : 0;
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) return undefined;
    process.kill(pid, 0);
    const found = readProcess(pid);
    // A zombie does nothing any more, and another start time means that the number was given out again.
    if (found?.state === 'Z' || (found && startedAt && found.startedAt !== startedAt)) return undefined;
    return pid;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM' ? -1 : undefined;
  }
}

/**
 * Where the system says it (`/proc`).
 * @param {number} pid
 */
function readProcess(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return { state: fields?.[0], startedAt: fields?.[19] };
  } catch {
    return undefined;
  }
}
