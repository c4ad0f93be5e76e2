import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHECKOUT } from './checkout.mjs';
import { takeLock } from './process-lock.mjs';

/** Not under node_modules, which an installation deletes. */
const LOCK = join(CHECKOUT, '.data', 'set-up.lock');

const POLL_MS = 100;

/**
 * Two set-ups of one checkout would delete each other's files; the second waits, and then has nothing to do.
 * @template T
 * @param {() => Promise<T>} setUp
 * @returns {Promise<T>}
 */
export async function oneAtATime(setUp) {
  mkdirSync(dirname(LOCK), { recursive: true });
  let isReported = false;
  for (let holder = takeLock(LOCK); holder !== undefined; holder = takeLock(LOCK)) {
    if (!isReported) console.error(`· another set-up of this checkout is running (process ${holder.pid}), waiting …`);
    isReported = true;
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
