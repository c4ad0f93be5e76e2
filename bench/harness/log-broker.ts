import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'log-broker', 'bin', 'log-broker.mjs');

export interface LogBrokerProcess {
  readonly address: string;
  /** From the spawn of its process to the line that reports it ready. */
  readonly startMs: number;
  residentMb(): number;
  /** The most that it had so far. */
  peakResidentMb(): number;
  /** Processor time that it has used so far. */
  cpuMs(): number;
  /** `keep` leaves its data for another that is started on them. */
  stop(data?: 'forget' | 'keep'): Promise<void>;
  /** Ends it as a crash does. Its data stays. */
  kill(): Promise<void>;
}

/** log-broker as people start it: a process of its own. */
export async function startLogBroker(
  options: readonly string[] = [],
  folder = temporaryFolder(),
): Promise<LogBrokerProcess> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [MAIN, '--listen', '127.0.0.1:0', '--data', folder.path, '--log-level', 'error', ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const address = await readyLine(child);
  const startMs = performance.now() - startedAt;
  return {
    address,
    startMs,
    residentMb: () => residentMb(child.pid!),
    peakResidentMb: () => residentMb(child.pid!, 'VmHWM'),
    cpuMs: () => cpuMs(child.pid!),
    stop: async (data = 'forget') => {
      await end(child, 'SIGTERM');
      if (data === 'forget') folder.remove();
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

/** Of a process on Linux, now or (`VmHWM`) at most; NaN elsewhere. */
export function residentMb(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

/** Processor time that a process has used, on Linux; NaN elsewhere. */
export function cpuMs(pid: number): number {
  try {
    // Behind the command's name, which may hold anything: the 12th and 13th field are user and system time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return Number.NaN;
  }
}

async function readyLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface(child.stdout!)) {
    const address = /^ready on (\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('log-broker ended before it was ready');
}
