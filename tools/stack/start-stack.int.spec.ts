import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderInUse, lockDataFolder } from './lock-data-folder.ts';
import { readStackFile, writeStackFile } from './stack-file.ts';
import { Stack } from './start-stack.ts';

let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'event-bus-stack-'));
});

afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

test('a start that is refused because the folder is in use leaves the stack file of the running stack as it is', async () => {
  const running = await lockDataFolder(dataFolder);
  const parts = [{ name: 'mail-service', pid: process.pid, address: 'http://127.0.0.1:3003' }];
  writeStackFile(dataFolder, { parts });
  const second = new Stack({ dataFolder, ports: 'free' });
  await expect(second.start()).rejects.toBeInstanceOf(DataFolderInUse);
  await second.stop();
  expect(readStackFile(dataFolder).parts).toEqual(parts);
  running.release();
});

test('the services that come first are ready before others start, and a console that does not start stops nothing else', async () => {
  const ready: string[] = [];
  let whenFirstWereReady: { ready: readonly string[]; parts: readonly string[] } | undefined;
  const stack = new Stack({
    dataFolder,
    ports: 'free',
    first: ['member-service'],
    afterFirst: async () => {
      whenFirstWereReady = { ready: [...ready].toSorted(), parts: stack.parts.map(({ name }) => name).toSorted() };
    },
    hasConsole: true,
    partEnv: (part): Record<string, string> => (part === 'console' ? { CONSOLE_LISTEN: 'nowhere' } : {}),
  });
  stack.on('part', (name, { type }) => void (type === 'ready' && ready.push(name)));
  try {
    await stack.start();
    const first = ['log-broker', 'maildev', 'member-service', 'postgres'];
    expect(whenFirstWereReady).toEqual({ ready: first, parts: first });
    expect(stack.parts.filter(({ state }) => state !== 'ready').map(({ name }) => name)).toEqual(['console']);
    expect(stack.part('console').definition.log.tail()).toContain('CONSOLE_LISTEN');
  } finally {
    await stack.stop();
  }
}, 180_000);
