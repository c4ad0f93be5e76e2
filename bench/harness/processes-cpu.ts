import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

interface Times {
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended. */
  readonly endedChildrenMs: number;
}

/** Processor time of a process and of all that it has started, on Linux: PostgreSQL has a process for each connection. */
export function familyCpuMs(pid: number): number {
  const all = new Map<number, Times>();
  for (const name of readdirSync('/proc')) {
    const times = /^\d+$/.test(name) ? timesOf(name) : undefined;
    if (times !== undefined) all.set(Number(name), times);
  }
  const sumOf = (of: number): number => {
    const times = all.get(of);
    if (times === undefined) return 0;
    const children = [...all].filter(([, { parent }]) => parent === of).map(([child]) => sumOf(child));
    return children.reduce((sum, one) => sum + one, times.ownMs + times.endedChildrenMs);
  };
  return sumOf(pid);
}

/** Processor time that nothing used, over all cores. */
export function idleCpuMs(): number {
  const [, , , , idle, wait] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/);
  return (Number(idle) + Number(wait)) * MS_PER_TICK;
}

function timesOf(pid: string): Times | undefined {
  try {
    // Behind the command's name, which may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ms = (from: number): number => (Number(fields[from]) + Number(fields[from + 1])) * MS_PER_TICK;
    return { parent: Number(fields[1]), ownMs: ms(11), endedChildrenMs: ms(13) };
  } catch {
    return undefined; // ended meanwhile
  }
}
