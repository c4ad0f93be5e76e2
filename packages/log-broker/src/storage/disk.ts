import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Allocate, DiskSpace, FileSystem, StoredFile } from './file-system.ts';
import { OPEN_FILES_MAX, SYNCS_AT_ONCE_MAX } from '../limits.ts';

/** The machine's own file system. At most `OPEN_FILES_MAX` descriptors stay open; the least recently used is closed first. */
export function diskFileSystem(): FileSystem {
  const descriptors = new DescriptorPool(OPEN_FILES_MAX);
  const syncs = new Turnstile(SYNCS_AT_ONCE_MAX);
  return {
    makeDirectory: (path, access) => void fs.mkdirSync(path, { recursive: true, ...(access && { mode: 0o700 }) }),
    list: (path) => unlessMissing(() => fs.readdirSync(path)) ?? [],
    exists: (path) => fs.existsSync(path),
    isDirectory: (path) => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
    open: (path) => new DiskFile(path, descriptors, syncs),
    readFile: (path) => unlessMissing(() => readFile(path)),
    replaceFile,
    replaceFileLater,
    createExclusive,
    rename: (from, to) => fs.renameSync(from, to),
    removeFile: (path) => fs.rmSync(path, { force: true }),
    removeFileLater: (path) => fs.promises.rm(path, { force: true }),
    removeDirectory: (path) => fs.rmSync(path, { recursive: true, force: true }),
    removeDirectoryLater: (path) => fs.promises.rm(path, { recursive: true, force: true }),
    syncDirectory,
    syncDirectoryLater: (path) => syncs.run(() => syncDirectoryLater(path)),
    space,
  };
}

/** Undefined when there is no such file or folder. */
function unlessMissing<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** A start reads thousands of files of a few bytes, for which `fs.readFileSync` makes twice as many calls to the system. */
function readFile(path: string): Buffer {
  const descriptor = fs.openSync(path, 'r');
  try {
    const size = fs.readSync(descriptor, SMALL_FILE, 0, SMALL_FILE.length, 0);
    return size < SMALL_FILE.length ? Buffer.from(SMALL_FILE.subarray(0, size)) : fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

const SMALL_FILE = Buffer.allocUnsafeSlow(4_096);

function replaceFile(path: string, content: Buffer | string, durable: boolean): void {
  const temporary = `${path}.tmp`;
  const descriptor = fs.openSync(temporary, 'w');
  try {
    fs.writeFileSync(descriptor, content);
    if (durable) fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(temporary, path);
  if (durable) syncDirectory(dirname(path));
}

async function replaceFileLater(path: string, content: Buffer | string, isWanted: () => boolean): Promise<boolean> {
  // Not the name that `replaceFile` uses: the two may run at the same time.
  const temporary = `${path}.next.tmp`;
  const file = await fs.promises.open(temporary, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  if (!isWanted()) return false;
  fs.renameSync(temporary, path);
  await syncDirectoryLater(dirname(path));
  return true;
}

async function space(path: string): Promise<DiskSpace | undefined> {
  try {
    const { bavail, blocks, bsize } = await fs.promises.statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}

async function syncDirectoryLater(path: string): Promise<void> {
  const directory = await fs.promises.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function createExclusive(path: string, content: string): boolean {
  try {
    fs.writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** With a descriptor of its own: the pooled one may be closed during the sync. */
function syncFile(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.open(path, 'r+', (openError, descriptor) => {
      if (openError) return reject(openError);
      fs.fdatasync(descriptor, (syncError) => {
        fs.close(descriptor, (closeError) => {
          const error = syncError ?? closeError;
          if (error) reject(error);
          else resolve();
        });
      });
    });
  });
}

/** Runs at most so many tasks at once; the others wait in order. */
class Turnstile {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  async run(work: () => Promise<void>): Promise<void> {
    if (this.running >= this.max) await new Promise<void>((resolve) => void this.waiting.push(resolve));
    else this.running++;
    try {
      await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

class DiskFile implements StoredFile {
  readonly path: string;
  size: number;
  private readonly pool: DescriptorPool;
  private readonly syncs: Turnstile;

  constructor(path: string, pool: DescriptorPool, syncs: Turnstile) {
    this.path = path;
    this.pool = pool;
    this.syncs = syncs;
    const known = fs.statSync(path, { throwIfNoEntry: false });
    this.size = known?.size ?? 0;
    if (!known) pool.descriptor(path);
  }

  get modifiedMs(): number {
    return fs.statSync(this.path).mtimeMs;
  }

  write(chunks: readonly Buffer[], position: number): void {
    const descriptor = this.pool.descriptor(this.path);
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const written = fs.writevSync(descriptor, chunks, position);
    if (written < total) {
      // A short write is legal, also with free space. Writing the rest succeeds or throws the reason.
      let rest = Buffer.concat(chunks).subarray(written);
      while (rest.length > 0) {
        rest = rest.subarray(fs.writeSync(descriptor, rest, 0, rest.length, position + total - rest.length));
      }
    }
    this.size = Math.max(this.size, position + total);
  }

  read(position: number, length: number, allocate: Allocate = Buffer.allocUnsafe): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    if (wanted === 0) return Buffer.alloc(0);
    const buffer = allocate(wanted);
    const descriptor = this.pool.descriptor(this.path);
    let got = 0;
    while (got < wanted) {
      const count = fs.readSync(descriptor, buffer, got, wanted - got, position + got);
      if (count === 0) break;
      got += count;
    }
    return got === wanted ? buffer : buffer.subarray(0, got);
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.pool.descriptor(this.path), size);
    this.size = size;
  }

  sync(): Promise<void> {
    return this.syncs.run(() => syncFile(this.path));
  }

  syncNow(): void {
    fs.fdatasyncSync(this.pool.descriptor(this.path));
  }

  close(): void {
    this.pool.close(this.path);
  }
}

/** Open descriptors by path, in order of use. A file whose descriptor was closed is opened again when it is needed. */
class DescriptorPool {
  private readonly open = new Map<string, number>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  descriptor(path: string): number {
    let descriptor = this.open.get(path);
    if (descriptor === undefined) {
      descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
      if (this.open.size >= this.max) {
        const [oldest] = this.open.keys();
        if (oldest !== undefined) this.close(oldest);
      }
    } else {
      this.open.delete(path);
    }
    this.open.set(path, descriptor);
    return descriptor;
  }

  close(path: string): void {
    const descriptor = this.open.get(path);
    if (descriptor === undefined) return;
    this.open.delete(path);
    fs.closeSync(descriptor);
  }
}
