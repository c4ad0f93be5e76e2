import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holderOf, takeLock, thisProcess } from './process-lock.mjs';

const TAKE = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'process-lock.mjs'))};
  console.log(takeLock(process.argv[1]) === undefined ? 'taken' : 'held'); setInterval(() => {}, 1e6);`;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-bus-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('of many processes one has the lock, and it is free as soon as that one is killed', async () => {
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', TAKE, path], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const exits = children.map((child) => once(child, 'exit'));
  try {
    const answers = await Promise.all(
      children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()),
    );
    expect(answers.toSorted()).toEqual(['held', 'held', 'held', 'held', 'held', 'taken']);
    expect(takeLock(path)).toMatchObject({ pid: children[answers.indexOf('taken')]!.pid });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(exits);
  }
  expect(takeLock(path)).toBeUndefined();
  expect(holderOf(path)).toEqual(thisProcess());
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('a process that was given the id of the holder does not have its lock', () => {
  writeFileSync(path, JSON.stringify({ ...thisProcess(), startedAt: 'long ago' }));
  expect(holderOf(path)).toBeUndefined();
  expect(takeLock(path)).toBeUndefined();
});

test('a file that names no holder does not lock', () => {
  writeFileSync(path, '');
  expect(takeLock(path)).toBeUndefined();
  expect(existsSync(path)).toBe(true);
});
