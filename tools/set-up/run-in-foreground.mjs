import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** How soon we notice that our parents have ended. */
const ANCESTORS_CHECK_MS = 200;

/** What a shell reports for a program that a signal ended. */
const SIGNAL_EXIT_CODE = 128;

/**
 * The task, as if it had been started instead of us: same terminal, same signals, same exit code.
 * @param {string} node
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<number>}
 */
export function runInForeground(node, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { stdio: 'inherit', env: { ...withPinnedNodeFirst(process.env), ...env } });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    const watch = stopWithNpm(() => forward('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? SIGNAL_EXIT_CODE + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

/**
 * npm ends the shell between us and dies itself without passing a signal on, or is killed and leaves us to that shell.
 * Either way the task is to end. Without npm above us, a parent may end on purpose (nohup).
 * @param {() => void} stop
 */
function stopWithNpm(stop) {
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const before = ancestors();
  const watch = setInterval(() => {
    if (process.env['npm_lifecycle_event'] === undefined || ancestors() === before) return;
    clearInterval(watch);
    stop();
  }, ANCESTORS_CHECK_MS);
  return watch;
}

/** @param {number} pid */
function parentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\s+(\d+)/m)?.[1];
  } catch {
    return undefined; // ended, or a system without /proc, where only our own parent is watched
  }
}

/**
 * Programs that the task starts by name find the pinned Node, too, also without npm.
 * @param {NodeJS.ProcessEnv} env
 */
export function withPinnedNodeFirst(env) {
  return { ...env, PATH: `${join(CHECKOUT, 'node_modules', '.bin')}${delimiter}${env['PATH'] ?? ''}` };
}
