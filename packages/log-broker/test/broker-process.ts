import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../bin/log-broker.mjs');

export interface BrokerProcess {
  readonly address: string;
  readonly pid: number;
  /** Lines of the structured log until now. */
  readonly log: Record<string, unknown>[];
  /** kill -9: resolves when the process has ended. */
  kill(): Promise<void>;
  /** SIGTERM: resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the command as a user does, on a free port of the loopback. Resolves when it prints that it is ready. */
export async function startBrokerProcess(data: string, ...options: string[]): Promise<BrokerProcess> {
  const args = [MAIN, '--listen', '127.0.0.1:0', '--data', data, ...options];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // A failing test must not leave a broker running.
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const log: Record<string, unknown>[] = [];
  const errors: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    errors.push(line);
    if (line.startsWith('{')) log.push(JSON.parse(line) as Record<string, unknown>);
  });
  const address = await Promise.race([
    readyLine(child),
    exited.then(([code]) => Promise.reject(new Error(`exited with ${code}: ${errors.join('\n')}`))),
  ]);
  return {
    address,
    pid: child.pid ?? 0,
    log,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}

async function readyLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [string];
  const address = /^ready on (.+)$/.exec(line)?.[1];
  if (!address) throw new Error(`unexpected first line: ${line}`);
  return address;
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'log-broker-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
