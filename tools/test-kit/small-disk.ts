import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(1024 * 1024);
const FILLER = 'filler';

/** A disk of its own for one folder, so that it can be full: a file system in memory, which takes root on Linux. */
export class SmallDisk {
  readonly #folder: string;
  readonly #megabytes: number;
  /** Why there is none. */
  missing: string | undefined = 'it was not requested';

  constructor(folder: string, megabytes: number) {
    this.#folder = folder;
    this.#megabytes = megabytes;
  }

  mount(): void {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      this.missing = 'only root on Linux can mount a small disk';
      return;
    }
    mkdirSync(this.#folder, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${this.#megabytes}m`, 'tmpfs', this.#folder], {
        stdio: 'pipe',
      });
      this.missing = undefined;
    } catch (error) {
      this.missing = `a small disk could not be mounted: ${(error as Error).message.trim()}`;
    }
  }

  /** To the last byte; files that are there can still grow within their last page. */
  fill(): void {
    const descriptor = openSync(join(this.#folder, FILLER), 'w');
    try {
      for (let size = CHUNK.length; size > 0;) {
        try {
          writeSync(descriptor, CHUNK, 0, size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(descriptor);
    }
  }

  makeRoom(): void {
    rmSync(join(this.#folder, FILLER), { force: true });
  }

  unmount(): void {
    if (this.missing !== undefined) return;
    execFileSync('umount', [this.#folder], { stdio: 'pipe' });
  }
}
