import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { DataInUseError, lockDataFolder } from './data-lock.ts';
import { diskFileSystem } from './disk.ts';

// States and start times of processes are read from /proc.
describe.skipIf(process.platform !== 'linux')('the lock of a data folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-broker-'));
  const lock = join(folder, '.lock');
  const files = diskFileSystem();
  const children = new Set<ReturnType<typeof spawn>>();
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The first line that a shell prints. The shell keeps running. */
  async function printedBy(script: string): Promise<string> {
    const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.add(child);
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    return String(printed).trim();
  }

  function statOf(pid: string): { state: string | undefined; startedAt: string | undefined } {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return { state: fields?.[0], startedAt: fields?.[19] };
  }

  it('is refused while the process that took it is alive', async () => {
    const pid = await printedBy('echo $$; exec sleep 600');
    writeFileSync(lock, `${pid} ${statOf(pid).startedAt}\n`);
    expect(() => lockDataFolder(files, folder)).toThrow(DataInUseError);
  });

  it('is taken over from a zombie', async () => {
    // The process that replaces the shell does not know of its child, and never reads its exit code.
    const pid = await printedBy('sleep 0 & echo $!; exec sleep 600');
    while (statOf(pid).state !== 'Z') await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(lock, `${pid} ${statOf(pid).startedAt}\n`);
    const unlock = lockDataFolder(files, folder);
    expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    unlock();
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from an ended process whose id has been reused', async () => {
    const pid = await printedBy('echo $$; exec sleep 600');
    writeFileSync(lock, `${pid} 1\n`);
    lockDataFolder(files, folder)();
  });
});
