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

test('of many processes that find the lock of an ended one at the same moment, one takes it', async () => {
  const locks = 200;
  for (let n = 0; n < locks; n++)
    writeFileSync(`${path}${n}`, JSON.stringify({ ...thisProcess(), startedAt: 'long ago' }));
  const take = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'process-lock.mjs'))};
    process.stdin.once('data', (from) => {
      const taken = [];
      for (let n = 0; n < ${locks}; n++) {
        while (Date.now() < Number(from) + n * 2);
        if (takeLock(process.argv[1] + n) === undefined) taken.push(n);
      }
      console.log(JSON.stringify(taken));
      setInterval(() => {}, 1e6);
    });
    console.log('ready');`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', take, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const exits = children.map((child) => once(child, 'exit'));
  try {
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
    const answers = children.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]));
    for (const { stdin } of children) stdin.write(String(Date.now() + 50));
    const taken = (await Promise.all(answers)).flatMap((answer) => JSON.parse(answer) as number[]);
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: locks }, (_, n) => n));
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(exits);
  }
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
