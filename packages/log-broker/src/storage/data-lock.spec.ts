import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DataInUseError, lockDataFolder } from './data-lock.ts';
import { diskFileSystem } from './disk.ts';

// States and start times of processes are read from /proc.
describe.skipIf(process.platform !== 'linux')('the lock of a data folder', () => {
  let folder: string;
  let lock: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-broker-'));
    lock = join(folder, '.lock');
  });
  const files = diskFileSystem();
  const children = new Set<ReturnType<typeof spawn>>();
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A shell that keeps running, and the first line that it prints. */
  async function shell(script: string) {
    const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    children.add(child);
    const [printed] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, printed: String(printed).trim() };
  }

  function statOf(pid: string): { state: string | undefined; startedAt: string | undefined } {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return { state: fields?.[0], startedAt: fields?.[19] };
  }

  it('is refused while the process that took it is alive', async () => {
    const { printed: pid } = await shell('echo $$; exec sleep 600');
    writeFileSync(lock, `${pid} ${statOf(pid).startedAt}\n`);
    expect(() => lockDataFolder(files, folder)).toThrow(DataInUseError);
  });

  it('is taken over from a zombie', async () => {
    const { child, printed: pid } = await shell('sleep 600 & echo $!; exec cat');
    // The cat that answers has replaced the shell: it does not know of its child, and never reads its exit code.
    child.stdin.write('there?');
    await once(child.stdout, 'data');
    process.kill(Number(pid), 'SIGKILL');
    while (statOf(pid).state !== 'Z') await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(lock, `${pid} ${statOf(pid).startedAt}\n`);
    const unlock = lockDataFolder(files, folder);
    expect(readFileSync(lock, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    unlock();
    expect(existsSync(lock)).toBe(false);
  });

  it('is taken over from an ended process whose id has been reused', async () => {
    const { printed: pid } = await shell('echo $$; exec sleep 600');
    writeFileSync(lock, `${pid} 1\n`);
    lockDataFolder(files, folder)();
  });
});
