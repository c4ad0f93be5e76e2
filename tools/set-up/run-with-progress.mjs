import { spawn } from 'node:child_process';
import { Problem } from './problem.mjs';
import { withPinnedNodeFirst } from './run-in-foreground.mjs';

/** Often enough to be seen alive. */
const TICK_MS = 1_000;

/** Of a failed program's output, as much as a person reads. */
const OUTPUT_CHARACTERS = 6_000;

/**
 * Runs a program with one line on the screen in its place: what is done, and for how long already.
 * @param {string} what
 * @param {string} remedy what to do when it fails
 * @param {[program: string, ...args: string[]]} command
 * @param {Record<string, string>} [env]
 * @returns {Promise<void>}
 */
export async function runWithProgress(what, remedy, [program, ...args], env = {}) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  const isTerminal = process.stderr.isTTY === true;
  const tick = () => process.stderr.write(`\r· ${what} … ${seconds()} `);
  if (isTerminal) tick();
  else process.stderr.write(`· ${what} …\n`);
  const timer = isTerminal ? setInterval(tick, TICK_MS) : undefined;

  let output = '';
  const stop = () => process.exit(130);
  try {
    process.once('SIGINT', stop);
    const code = await new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...withPinnedNodeFirst(process.env), ...env },
      });
      const end = () => child.kill('SIGTERM');
      process.once('exit', end);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => (output = (output + String(chunk)).slice(-OUTPUT_CHARACTERS)));
      }
      child.once('error', reject);
      child.once('close', (exitCode) => {
        process.off('exit', end);
        resolve(exitCode);
      });
    });
    if (code !== 0) throw new Problem(`${what}: failed`, remedy, output);
    process.stderr.write(isTerminal ? `\r✓ ${what}, ${seconds()}    \n` : `✓ ${what}, ${seconds()}\n`);
  } catch (error) {
    if (isTerminal) process.stderr.write('\n');
    throw error;
  } finally {
    clearInterval(timer);
    process.off('SIGINT', stop);
  }
}
