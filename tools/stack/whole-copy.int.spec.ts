import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmallDisk } from '@event-bus/test-kit/small-disk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesOnDisk, copyWhole, requireSpace } from './whole-copy.ts';

const MEGABYTE = 1024 * 1024;
const DISK_MB = 4;

let folder: string;
let disk: SmallDisk;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-bus-copy-'));
  disk = new SmallDisk(join(folder, 'disk'), DISK_MB);
  disk.mount();
});
afterEach(() => {
  disk.unmount();
  rmSync(folder, { recursive: true, force: true });
});

function original(megabytes: number): string {
  const from = join(folder, 'original');
  mkdirSync(from);
  writeFileSync(join(from, 'data'), Buffer.alloc(megabytes * MEGABYTE, 1));
  return from;
}

test('a copy that does not fit leaves nothing behind', async ({ skip }) => {
  skip(disk.missing !== undefined, disk.missing);
  const failed = copyWhole(original(DISK_MB + 1), join(folder, 'disk', 'copy'));
  await expect(failed).rejects.toThrow('No space left');
  expect(readdirSync(join(folder, 'disk'))).toEqual([]);
});

test('what does not fit is refused before it is begun, with what it needs and what there is', ({ skip }) => {
  skip(disk.missing !== undefined, disk.missing);
  const inside = join(folder, 'disk', 'not', 'there', 'yet');
  expect(() => requireSpace(inside, 100 * MEGABYTE, 'a new database')).toThrow(
    /disk has 5 MB free, and a new database needs 105 MB$/,
  );
  requireSpace(inside, MEGABYTE, 'a small thing');
});

test('halves that killed copies left are removed, one that is being made is not', async () => {
  const places = join(folder, 'places');
  const running = `postgres.unfinished-${process.ppid}`;
  for (const name of ['postgres.unfinished', 'postgres.unfinished-999999999', running]) {
    mkdirSync(join(places, name), { recursive: true });
  }
  const from = original(1);
  await copyWhole(from, join(places, 'postgres'));
  expect(readdirSync(places).sort()).toEqual(['postgres', running]);
  expect(bytesOnDisk(join(places, 'postgres'))).toBe(bytesOnDisk(from));
});
