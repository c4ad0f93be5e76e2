import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHECKOUT } from './checkout.mjs';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

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
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      resolve(code ?? SIGNAL_EXIT_CODE + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

/**
 * Whatever the task starts by name finds the pinned Node, too, also when nobody came through npm.
 * @param {NodeJS.ProcessEnv} env
 */
export function withPinnedNodeFirst(env) {
  return { ...env, PATH: `${join(CHECKOUT, 'node_modules', '.bin')}${delimiter}${env['PATH'] ?? ''}` };
}
