import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isAlive, ps, readProc, startedAt } from '../set-up/process.mjs';
import { until } from '../test-kit/until.ts';

const KIB = 1024;
/** Linux reports hundredths of a second to programs, whatever it counts internally. */
const MS_PER_TICK = 10;
const onLinux = process.platform === 'linux';

export { isAlive };

/** Its command line, by which a process is recognised before it is signalled; undefined when it has ended. */
export function commandOf(pid: number): string | undefined {
  if (onLinux) return readProc(pid, 'cmdline')?.replaceAll('\0', ' ').trim();
  return ps(pid, 'command=');
}

/** For how long it has been running, where the system reports it. */
export function ageOf(pid: number): number | undefined {
  const [started, uptime] = [
    Number(startedAt(pid)),
    Number(onLinux ? readFileSync('/proc/uptime', 'utf8').split(' ')[0] : undefined),
  ];
  return Number.isNaN(started) || Number.isNaN(uptime) ? undefined : uptime * 1_000 - started * MS_PER_TICK;
}

export function parentOf(pid: number): number | undefined {
  const parent = onLinux ? readProc(pid, 'status')?.match(/^PPid:\s+(\d+)/m)?.[1] : ps(pid, 'ppid=');
  return parent === undefined ? undefined : Number(parent);
}

/** Whether it has ended within the bound. */
async function hasEnded(pid: number, boundMs: number): Promise<boolean> {
  return until(`the end of process ${pid}`, () => !isAlive(pid), boundMs).catch(() => false);
}

/** Ends a process that is not our child: with the given signal, after the bound with SIGKILL. */
export async function endProcess(pid: number, first: NodeJS.Signals, boundMs: number): Promise<void> {
  if (!signal(pid, first) || (await hasEnded(pid, boundMs))) return;
  signal(pid, 'SIGKILL');
  await hasEnded(pid, boundMs);
}

/** This process and all below it. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

/**
 * Memory in bytes: the proportional share (a page that n processes share counts as 1/n for each), or the resident set
 * where the system does not report the shares, which then counts shared pages more than once.
 */
export function memoryOf(pid: number): number {
  const share = onLinux ? readProc(pid, 'smaps_rollup')?.match(/^Pss:\s+(\d+) kB/m)?.[1] : undefined;
  if (share !== undefined) return Number(share) * KIB;
  const resident = onLinux ? readProc(pid, 'status')?.match(/^VmRSS:\s+(\d+) kB/m)?.[1] : ps(pid, 'rss=');
  return Number(resident ?? 0) * KIB;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function parents(): [child: number, parent: number][] {
  if (!onLinux) {
    const table = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' });
    return table.split('\n').flatMap((line) => {
      const [child, parent] = line.trim().split(/\s+/).map(Number);
      return child !== undefined && parent !== undefined ? [[child, parent] as [number, number]] : [];
    });
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).flatMap((pid) => {
    const parent = parentOf(pid);
    return parent === undefined ? [] : [[pid, parent] as [number, number]];
  });
}
