import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_FILES_MAX, SYNCS_AT_ONCE_MAX } from '../limits.ts';
import { diskFileSystem } from './disk.ts';
import type { StoredFile } from './file-system.ts';

const FILES = 2 * OPEN_FILES_MAX;

// Only Linux shows the open files of a process.
describe.skipIf(process.platform !== 'linux')('more files than may be open', () => {
  let folder: string;
  let files: StoredFile[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-broker-'));
    const disk = diskFileSystem();
    files = Array.from({ length: FILES }, (_, n) => disk.open(join(folder, String(n))));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function openFiles(): number {
    return readdirSync('/proc/self/fd').filter((descriptor) => {
      try {
        return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder);
      } catch {
        return false; // closed meanwhile
      }
    }).length;
  }

  it('are written and read with no more than that open', () => {
    for (const [n, file] of files.entries()) file.write([Buffer.from(`file ${n}`)], 0);
    expect(openFiles()).toBe(OPEN_FILES_MAX);
    for (const [n, file] of files.entries()) expect(String(file.read(0, 99))).toBe(`file ${n}`);
    expect(openFiles()).toBe(OPEN_FILES_MAX);
  });

  it('are synced a few at a time', async () => {
    let most = 0;
    const synced = files.map(async (file, n) => {
      await file.sync();
      // Counting takes longer than syncing.
      if (n % 50 === 0) most = Math.max(most, openFiles());
    });
    await Promise.all(synced);
    expect(most).toBeLessThanOrEqual(OPEN_FILES_MAX + SYNCS_AT_ONCE_MAX);
  });

  it('are closed one by one', () => {
    for (const file of files) file.close();
    expect(openFiles()).toBe(0);
  });
});
