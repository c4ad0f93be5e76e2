import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanUpLeftovers } from './clean-up-leftovers.ts';
import { DataFolderInUse, findSupervisor, lockDataFolder } from './lock-data-folder.ts';
import { isAlive } from './processes.ts';
import { readStackFile, writeStackFile } from './stack-file.ts';

let dataFolder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'event-bus-leftovers-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataFolder, { recursive: true, force: true });
});

/** A process that does nothing, with these arguments on its command line, once it runs. */
async function runIdle(...args: string[]): Promise<number> {
  const idle = 'setInterval(() => {}, 1e6); console.log("runs")';
  // Behind `--`: Node would refuse them as options of its own, and end.
  const child = spawn(process.execPath, ['-e', idle, '--', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`))),
  ]);
  return child.pid ?? 0;
}

test('processes of a killed run are ended', async () => {
  const pid = await runIdle(`--stack=${dataFolder}`);
  writeStackFile(dataFolder, { parts: [{ name: 'mail-service', pid, address: '' }] });
  expect(await cleanUpLeftovers(dataFolder)).toEqual(['mail-service']);
  expect(isAlive(pid)).toBe(false);
  expect(readStackFile(dataFolder).parts).toEqual([]);
});

test('another process that was given the id of a part is not touched', async () => {
  const pid = await runIdle('--stack=/somewhere/else');
  writeStackFile(dataFolder, { parts: [{ name: 'mail-service', pid, address: '' }] });
  expect(await cleanUpLeftovers(dataFolder)).toEqual([]);
  expect(isAlive(pid)).toBe(true);
});

test('a data folder has one supervisor at a time, and it can be named', async () => {
  const lock = await lockDataFolder(dataFolder);
  expect(findSupervisor(dataFolder)).toBe(process.pid);
  await expect(lockDataFolder(dataFolder)).rejects.toThrow(DataFolderInUse);
  lock.release();
  (await lockDataFolder(dataFolder)).release();
});

test('a stack that is stopping is waited for', async () => {
  const lock = await lockDataFolder(dataFolder);
  lock.announceStop();
  const next = lockDataFolder(dataFolder);
  lock.release();
  (await next).release();
  expect(findSupervisor(dataFolder)).toBeUndefined();
});
